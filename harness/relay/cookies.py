"""`CookieScopes`: which upstream set which cookie, so that none reaches a host that it was not set for.

The upstreams of a session are ports of one local host, and clients do not distinguish ports (RFC 6265 §8.5): they send
each upstream the cookies of all of them. The relays pass on what a client would have sent to the real hosts:

| cookie of that name | to the upstream Y |
|---|---|
| no upstream set it | passes: it is the client's own |
| set by hosts whose cookies Y gets, alone | passes |
| set by other hosts alone | is left out |
| set by both | passes with a value set for Y; otherwise Y's own value replaces it |

Y gets the cookies of its host, whatever the port, and those whose ``Domain`` covers its host.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import urlsplit

from harness.origins import is_loopback
from harness.relay.cookie_domains import covers
from provider import clock
from provider.websocket import Headers

_OF_ONE_HOST: Final = ("__host-",)
"""Name prefixes of cookies that have no ``Domain``."""


@dataclass(frozen=True, slots=True)
class _Cookie:
    """A cookie as an upstream set it.

    Attributes:
        host: The host that set it.
        domain: Its ``Domain``; empty if only the host gets it.
        path: Its ``Path``.
        secure: Whether it was set over TLS, to be sent over TLS alone.
        value: None if the upstream deleted it.
    """

    host: str
    domain: str
    path: str
    secure: bool
    value: str | None = field(repr=False)

    def reaches(self, origin: str) -> bool:
        """Whether a client sends the cookie to an origin."""
        parts = urlsplit(origin)
        host = parts.hostname or ""
        if self.secure and parts.scheme != "https" and not is_loopback(host):
            return False
        return host == self.host or (bool(self.domain) and covers(self.domain, host))

    def is_for(self, target: str) -> bool:
        """Whether a request's target is within the cookie's path; see RFC 6265 §5.1.4."""
        path = target.partition("?")[0]
        return path == self.path or path.startswith(self.path.rstrip("/") + "/")


class CookieScopes:
    """The cookies that the upstreams of one session have set."""

    def __init__(self) -> None:
        self._cookies: dict[str, dict[tuple[str, str, str], _Cookie]] = {}

    def note(self, origin: str, target: str, headers: Headers) -> None:
        """Note the cookies of a response.

        Args:
            origin: The upstream that sent it.
            target: The request's.
            headers: The response's.
        """
        for name, value in headers:
            if name.lower() == "set-cookie":
                cookie_name, cookie = _parse(value, origin, target)
                key = (cookie.host, cookie.domain, cookie.path)
                self._cookies.setdefault(cookie_name, {})[key] = cookie

    def passing(self, origin: str, target: str, headers: Headers) -> Headers:
        """The request's headers with only those cookies that the origin may get; an empty ``Cookie`` is left out.

        Args:
            origin: The upstream that gets the request.
            target: The request's.
            headers: The request's; header names in lower case.
        """
        if not self._cookies:
            return headers
        passed: list[tuple[str, str]] = []
        for name, value in headers:
            if name != "cookie":
                passed.append((name, value))
                continue
            pairs = [pair.strip() for pair in value.split(";") if pair.strip()]
            kept = list(self._kept(pairs, origin, target))
            if kept:
                passed.append((name, value if kept == pairs else "; ".join(kept)))
        return tuple(passed)

    def _kept(self, pairs: list[str], origin: str, target: str) -> Iterator[str]:
        for pair in pairs:
            name, value = _split(pair)
            known = tuple(self._cookies.get(name, {}).values())
            own = [cookie for cookie in known if cookie.reaches(origin)]
            if len(own) == len(known) or any(cookie.value == value for cookie in own):
                yield pair
                continue
            # The client keeps one value for the name: another host's cookie has overwritten the upstream's own.
            replaced = [cookie for cookie in own if cookie.value is not None and cookie.is_for(target)]
            if replaced:
                restored = f"{name}={max(replaced, key=lambda cookie: len(cookie.path)).value}"
                yield from () if restored in pairs else (restored,)


def _split(pair: str) -> tuple[str, str]:
    """Name and value of a pair; without ``=`` all of it is the value, as in browsers."""
    name, equals, value = pair.partition("=")
    return (name.strip(), value.strip()) if equals else ("", name.strip())


def _parse(header: str, origin: str, target: str) -> tuple[str, _Cookie]:
    """Name and cookie of a ``Set-Cookie``, by RFC 6265 §5.2: of a repeated attribute the last one counts."""
    pair, *rest = header.split(";")
    name, value = _split(pair)
    attributes = {key.strip().lower(): text.strip() for key, _, text in (each.partition("=") for each in rest)}
    parts = urlsplit(origin)
    host = parts.hostname or ""
    domain = attributes.get("domain", "").removeprefix(".").lower()
    shared = covers(domain, host) and not name.lower().startswith(_OF_ONE_HOST)
    path = attributes.get("path", "")
    cookie = _Cookie(
        host=host,
        domain=domain if shared else "",
        path=path if path.startswith("/") else _default_path(target),
        secure="secure" in attributes and parts.scheme == "https",
        value=None if _is_deletion(attributes) else value,
    )
    return name, cookie


def _default_path(target: str) -> str:
    return target.partition("?")[0].rpartition("/")[0] or "/"


def _is_deletion(attributes: dict[str, str]) -> bool:
    if "max-age" in attributes:
        age = attributes["max-age"]
        return age.startswith("-") or (bool(age) and not age.strip("0"))
    try:
        return parsedate_to_datetime(attributes["expires"]).timestamp() <= clock.now().timestamp()
    except (KeyError, ValueError, OverflowError):
        return False
