"""The same call and the same upgrades made by several clients, and what they show of themselves, row by row."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass

from curl_cffi import requests

from provider.transport.async_transport import AsyncTransport
from provider.transport.sync_transport import SyncTransport
from provider.transport.types import Request, Settings
from tests.support.browsers.chromium_page import installed_browser, pages_open
from tests.support.fingerprints.client_hello import is_grease, without_grease
from tests.support.fingerprints.header_order import CALL, PSEUDO, UPGRADE
from tests.support.fingerprints.look_listener import LookListener, look_listener
from tests.support.fingerprints.looks import Seen

TARGET = "chrome150"
_PATIENCE = 60.0
"""Seconds for a browser to load a page, on a machine that has much else to do."""
COOKIES = {"a": "1", "bb": "2"}
JSON = (("content-type", "application/json"), ("authorization", "Bearer x"))
PAGE = """<!doctype html><script>
document.cookie = "a=1; path=/"; document.cookie = "bb=2; path=/";
const open = path => new Promise((done, fail) => {
  const socket = new WebSocket("wss://" + location.host + path);
  socket.onopen = () => { socket.onclose = done; socket.close(); }; socket.onerror = fail;
});
(async () => {
  const headers = {"Content-Type": "application/json", "Authorization": "Bearer x"};
  await fetch("/call", {method: "POST", headers, body: "{}"});
  await open("/chat"); await open("/chat");
})();
</script>"""


@dataclass(frozen=True)
class Measured:
    """One client's look.

    Attributes:
        call: A page's own POST, on a new connection.
        upgrade: The upgrade after it.
        resumed: Whether it resumes a TLS session for a second socket.
    """

    call: Seen
    upgrade: Seen
    resumed: bool


def _of(fresh: LookListener, ticketed: LookListener) -> Measured:
    call, upgrade = fresh.seen("/call"), fresh.seen("/chat")
    ticketed.seen("/chat")
    return Measured(call, upgrade, ticketed.seen("/chat").look.resumed)


def _measured(drive: Callable[[LookListener], object]) -> Measured:
    with look_listener() as fresh, look_listener(tickets=True) as ticketed:
        drive(fresh)
        drive(ticketed)
        return _of(fresh, ticketed)


def chromium() -> Measured:
    program = installed_browser()
    with look_listener(pages={"/": PAGE}) as fresh, look_listener(pages={"/": PAGE}, tickets=True) as ticketed:
        # One browser each: a tab in the background may be kept waiting.
        with pages_open(program, f"{fresh.url}/"):
            call, upgrade = fresh.seen("/call", _PATIENCE), fresh.seen("/chat", _PATIENCE)
        with pages_open(program, f"{ticketed.url}/"):
            ticketed.seen("/chat", _PATIENCE)
            return Measured(call, upgrade, ticketed.seen("/chat", _PATIENCE).look.resumed)


def _settings(listener: LookListener) -> Settings:
    return Settings(impersonate=TARGET, verify=listener.authority, trust_environment=False)


def _post(listener: LookListener) -> Request:
    headers = (("origin", listener.url), ("referer", f"{listener.url}/"), *JSON)
    return Request(method="POST", url=f"{listener.url}/call", headers=headers, body=b"{}")


def blocking_transport() -> Measured:
    def drive(listener: LookListener) -> None:
        with SyncTransport(_settings(listener)) as transport:
            transport.set_cookies(listener.url, COOKIES)
            transport.request(_post(listener), timeout=10)
            for _ in range(2):
                transport.connect(f"{listener.ws_url}/chat", headers=(("origin", listener.url),), timeout=10).close()

    return _measured(drive)


def async_transport() -> Measured:
    async def drive(listener: LookListener) -> None:
        async with AsyncTransport(_settings(listener)) as transport:
            transport.set_cookies(listener.url, COOKIES)
            await transport.request(_post(listener), timeout=10)
            for _ in range(2):
                socket = await transport.connect(
                    f"{listener.ws_url}/chat", headers=(("origin", listener.url),), timeout=10
                )
                await socket.close()

    return _measured(lambda listener: asyncio.run(drive(listener)))


def curl_cffi_session() -> Measured:
    def drive(listener: LookListener) -> None:
        with requests.Session(impersonate=TARGET, verify=listener.authority, trust_env=False) as session:
            for name, value in COOKIES.items():
                session.cookies.set(name, value, domain="localhost")
            session.post(f"{listener.url}/call", data=b"{}", headers=_own_headers(listener), timeout=10)
            for _ in range(2):
                session.ws_connect(f"{listener.ws_url}/chat", headers={"Origin": listener.url}).close()

    return _measured(drive)


def curl_cffi_async_session() -> Measured:
    async def drive(listener: LookListener) -> None:
        async with requests.AsyncSession(impersonate=TARGET, verify=listener.authority, trust_env=False) as session:
            for name, value in COOKIES.items():
                session.cookies.set(name, value, domain="localhost")
            await session.post(f"{listener.url}/call", data=b"{}", headers=_own_headers(listener), timeout=10)
            for _ in range(2):
                await (await session.ws_connect(f"{listener.ws_url}/chat", headers={"Origin": listener.url})).close()

    return _measured(lambda listener: asyncio.run(drive(listener)))


def _own_headers(listener: LookListener) -> dict[str, str]:
    return {"Origin": listener.url, "Referer": f"{listener.url}/", **dict(JSON)}


COLUMNS: dict[str, Callable[[], Measured]] = {
    "Chromium": chromium,
    "SyncTransport": blocking_transport,
    "AsyncTransport": async_transport,
    "AsyncSession": curl_cffi_async_session,
    "Session": curl_cffi_session,
}


def _version(one: Measured) -> str:
    return re.search(r"Chrome/(\d+)", one.call.head.get("user-agent") or "")[1]  # type: ignore[index]


def _hex(values: tuple[int, ...]) -> str:
    return " ".join(f"{value:04x}" for value in sorted(values))


def _settings_text(one: Measured) -> str:
    assert one.call.look.opening is not None
    return " ".join(f"{name}:{value}" for name, value in one.call.look.opening.settings)


def _order(names: list[str], known: list[str]) -> str:
    return "Chromium's" if [name.lower() for name in names] == [name.lower() for name in known] else "its own"


def _cookies(one: Measured) -> str:
    return ", ".join(value for name, value in one.call.head.fields if name == "cookie")


def _navigates(seen: Seen) -> str:
    said = {name.lower() for name in seen.head.names}
    return _yes(bool({"upgrade-insecure-requests", "sec-fetch-user"} & said))


def _yes(true: bool) -> str:
    return "yes" if true else "no"


ROWS: dict[str, Callable[[Measured], str]] = {
    "version it claims": _version,
    "call: ALPN": lambda one: ", ".join(one.call.look.hello.alpn),
    "call: JA4": lambda one: one.call.look.hello.ja4,
    "call: extensions": lambda one: _hex(without_grease(one.call.look.hello.extension_types)),
    "call: signature algorithms": lambda one: _hex(without_grease(one.call.look.hello.signature_algorithms)),
    "call: GREASE among signature algorithms": lambda one: _yes(
        any(map(is_grease, one.call.look.hello.signature_algorithms))
    ),
    "call: groups": lambda one: _hex(without_grease(one.call.look.hello.groups)),
    "call: HTTP/2 settings": _settings_text,
    "call: HTTP/2 window": lambda one: str(one.call.look.opening and one.call.look.opening.window),
    "call: stream's weight": lambda one: str(one.call.head.priority and one.call.head.priority[0]),
    "call: pseudo-headers": lambda one: _order(one.call.head.names[:4], PSEUDO),
    "call: order of headers": lambda one: _order(one.call.head.names[4:], CALL),
    "call: headers of a navigation": lambda one: _navigates(one.call),
    "call: Priority": lambda one: one.call.head.get("priority") or "none",
    "call: Accept-Encoding": lambda one: one.call.head.get("accept-encoding") or "none",
    "call: cookies, set as a, bb": _cookies,
    "upgrade: ALPN": lambda one: ", ".join(one.upgrade.look.hello.alpn),
    "upgrade: JA4": lambda one: one.upgrade.look.hello.ja4,
    "upgrade: extensions": lambda one: _hex(without_grease(one.upgrade.look.hello.extension_types)),
    "upgrade: order of headers": lambda one: _order(
        [name for name in one.upgrade.head.names if name.lower() not in ("sec-websocket-extensions", "cookie")],
        [name for name in UPGRADE if name != "Cookie"],
    ),
    "upgrade: headers of a navigation": lambda one: _navigates(one.upgrade),
    "upgrade: WebSocket extensions": lambda one: one.upgrade.head.get("sec-websocket-extensions") or "none",
    "upgrade: TLS session resumed for a second one": lambda one: _yes(one.resumed),
}
