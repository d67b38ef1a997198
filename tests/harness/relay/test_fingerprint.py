"""What the service sees of whoever stands behind the relay, against the same client without it."""

import asyncio
import contextlib
import shutil
import subprocess

import pytest
import requests as plain_requests
from curl_cffi import requests
from websockets.asyncio.client import connect

from provider.transport.types import Settings
from tests.support.fingerprints.header_order import CALL, CALL_OVER_HTTP_1, PSEUDO, UPGRADE
from tests.support.fingerprints.look_listener import look_listener

CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"
PAGES_CALL = {
    "sec-ch-ua-platform": '"Linux"',
    "Authorization": "Bearer x",
    "User-Agent": CHROME,
    "sec-ch-ua": '"Chromium";v="156"',
    "Content-Type": "application/json",
    "sec-ch-ua-mobile": "?0",
    "Accept": "*/*",
    "Sec-Fetch-Site": "same-origin",
    "Sec-Fetch-Mode": "cors",
    "Sec-Fetch-Dest": "empty",
    "Accept-Encoding": "gzip, deflate, br, zstd",
    "Accept-Language": "de-DE,de;q=0.9",
    "Cookie": "a=1; b=2",
}
"""What Chromium sends of its own with a page's call; the others are of the connection, or name the local server."""


@pytest.fixture
def service():
    with look_listener() as service:
        yield service


@pytest.fixture
async def through(relay, service):
    """A relay before the listener."""
    settings = Settings(verify=service.authority, trust_environment=False)
    return await relay(url=service.url, settings=settings, impersonate="chrome")


def browserlike(service=None):
    """curl_cffi as a client would use it, before the relay or without it."""
    return requests.AsyncSession(impersonate="chrome", verify=service.authority if service else True, trust_env=False)


async def ask(session, url, method="GET", **more):
    """Ask for /asked, as curl_cffi or as requests do."""
    call = session.request(method, f"{url}/asked", timeout=10, **more)
    return (await call if asyncio.iscoroutine(call) else call).status_code


async def open_socket(session, url, origin):
    await (await session.ws_connect(f"{url}/asked", headers={"Origin": origin})).close()


def fields(seen, *without):
    """Its header fields; names of HTTP/1.1 in lower case."""
    return [(name.lower(), value) for name, value in seen.head.fields if name.lower() not in without]


async def test_call_of_an_impersonating_client_looks_the_same_with_and_without_the_relay(service, through):
    async with browserlike(service) as session:
        await ask(session, service.url)
        direct = service.seen("/asked")
        await ask(session, through.server.url)
        relayed = service.seen("/asked")
    assert relayed.look.hello.ja4 == direct.look.hello.ja4
    assert relayed.look.hello.alpn == direct.look.hello.alpn
    assert relayed.look.opening == direct.look.opening
    assert (fields(relayed), relayed.head.priority) == (fields(direct), direct.head.priority)


async def test_call_with_a_body_says_the_same_with_and_without_the_relay(service, through):
    async with browserlike(service) as session:
        await ask(session, service.url, "POST", json={"a": 1})
        direct = service.seen("/asked")
        await ask(session, through.server.url, "POST", json={"a": 1})
        relayed = service.seen("/asked")
    assert sorted(fields(relayed)) == sorted(fields(direct))
    moved = ("content-length", "priority")  # where Chrome has them
    assert fields(relayed, *moved) == fields(direct, *moved)


async def test_upgrade_of_an_impersonating_client_says_the_same_with_and_without_the_relay(service, through):
    async with browserlike(service) as session:
        await open_socket(session, service.ws_url, service.url)
        direct = service.seen("/asked")
        await open_socket(session, through.ws_url, through.server.url)
        relayed = service.seen("/asked")
    assert relayed.look.hello.ja4 == direct.look.hello.ja4
    assert relayed.look.hello.alpn == direct.look.hello.alpn == ("http/1.1",)
    made_anew = ("sec-websocket-key",)
    assert sorted(fields(relayed, *made_anew)) == sorted(fields(direct, *made_anew))


async def test_upgrade_of_curl_cffis_blocking_session_looks_like_a_browser_behind_the_relay_only(service, through):
    def open_both():
        with requests.Session(impersonate="chrome", verify=service.authority, trust_env=False) as session:
            session.ws_connect(f"{service.ws_url}/asked").close()
            direct = service.seen("/asked").look.hello
            session.ws_connect(f"{through.ws_url}/asked").close()
            return direct, service.seen("/asked").look.hello

    direct, relayed = await asyncio.to_thread(open_both)
    assert not direct.has_grease
    assert relayed.has_grease


async def test_call_of_a_page_goes_out_as_chromium_sends_it(service, through):
    here = through.server.url
    headers = PAGES_CALL | {"Origin": here, "Referer": f"{here}/"}
    in_order = {name: headers[name] for name in CALL_OVER_HTTP_1 if name in headers}
    body = "{}"
    lines = [f"{name}: {value}" for name, value in in_order.items()]
    await through.get("/asked", *lines, method="POST", body=body)
    seen = service.seen("/asked")
    assert seen.head.names == [*PSEUDO, *CALL]
    assert {name: seen.head.get(name) for name in ("user-agent", "sec-ch-ua", "accept-language")} == {
        "user-agent": CHROME,
        "sec-ch-ua": '"Chromium";v="156"',
        "accept-language": "de-DE,de;q=0.9",
    }
    assert (seen.head.get("origin"), seen.head.get("referer")) == (service.url, f"{service.url}/")
    assert (seen.head.get("priority"), seen.head.priority) == ("u=1, i", (220, 0, True))


async def test_upgrade_of_a_page_goes_out_as_chromium_sends_it(service, through):
    sent = {"Pragma": "no-cache", "Cache-Control": "no-cache", "Accept-Encoding": "gzip, deflate, br, zstd"}
    sent |= {"Accept-Language": "de", "Cookie": "a=1; b=2"}
    async with connect(
        f"{through.ws_url}/asked", origin=through.server.url, user_agent_header=CHROME, additional_headers=sent
    ):
        seen = service.seen("/asked")
    assert seen.head.names == UPGRADE
    assert (seen.head.get("origin"), seen.head.get("user-agent")) == (service.url, CHROME)


def by_requests(url):
    with plain_requests.Session() as session:
        session.trust_env = False
        session.post(f"{url}/asked", json={"a": 1}, headers={"X-Mine": "1"}, timeout=10)


def by_curl(url):
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    command = ["curl", "--noproxy", "*", "-s", "-m", "10", "-H", "X-Mine: 1", "-d", "{}", f"{url}/asked"]
    subprocess.run(command, check=True, timeout=20, capture_output=True)


@pytest.mark.parametrize("client", [by_requests, by_curl])
async def test_call_of_a_plain_client_looks_like_the_impersonated_browsers(service, through, client):
    await asyncio.to_thread(client, through.server.url)
    seen = service.seen("/asked")
    assert seen.look.hello.has_grease
    assert "Chrome/" in seen.head.get("user-agent")
    assert seen.head.get("accept-encoding") == "gzip, deflate, br, zstd"
    expected = [name for name in CALL if name not in ("authorization", "origin", "referer", "cookie")]
    assert seen.head.names == [*PSEUDO, *expected, "x-mine"]


async def test_upgrade_of_a_plain_client_looks_like_the_impersonated_browsers(service, through):
    async with connect(f"{through.ws_url}/asked", origin=through.server.url):
        seen = service.seen("/asked")
    assert seen.look.hello.has_grease
    assert [name.lower() for name in seen.head.names] == [name.lower() for name in UPGRADE if name != "Cookie"]


async def test_calls_at_once_share_one_connection_to_the_service(service, through):
    async with contextlib.AsyncExitStack() as stack:
        session = await stack.enter_async_context(browserlike())
        await asyncio.gather(*(ask(session, through.server.url) for _ in range(4)))
    looks = [service.seen("/asked").look for _ in range(4)]
    assert len({id(look) for look in looks}) == 1
