"""Which headers pass the relay, and how they are changed.

| towards the service | what happens |
|---|---|
| hop-by-hop headers, those that ``Connection`` names, ``Host``, ``Content-Length``, ``Expect`` | made anew by libcurl |
| ``Accept-Encoding`` | the transport's, for it has to decode the answer; in its place if the client is a browser |
| ``Forwarded``, ``X-Forwarded-*``, ``X-Real-Ip``, ``Via`` | dropped: the relay is not to be seen |
| the WebSocket handshake's own | made anew |
| ``User-Agent``, ``Sec-Ch-Ua*`` | passed on if the client is a browser, else left to the impersonation |
| ``Origin``, ``Referer`` | the local origin becomes the service's |
| all else | passed on, in order |

A client counts as a browser if its user agent begins with ``Mozilla/``. Of a browser everything is passed on in its
order, and nothing is added but ``Priority``, which Chrome sends over HTTP/2 only (`with_priority`); to anything else
the impersonated browser's usual headers are added where it sends none, all in that browser's order. An upgrade is
always in a browser's order. What goes out so is measured: docs/fingerprint.md.

| towards the client | what happens |
|---|---|
| hop-by-hop headers, ``Content-Length``, ``Content-Encoding`` of what was decoded | made anew by the host |
| ``Alt-Svc``, ``Strict-Transport-Security`` | dropped: they would lead the client past the relay |
| ``Set-Cookie`` | see `client_cookie` |
| all else | passed on, the service's origin replaced by the local one |
"""

from __future__ import annotations

from typing import Final

from harness.record.kept_headers import HOP_BY_HOP, decoded_from, named_by_connection
from harness.relay.origins import OriginMap
from provider.wire.message import Headers, header

_HANDSHAKE: Final = frozenset(
    {"sec-websocket-key", "sec-websocket-version", "sec-websocket-extensions", "sec-websocket-accept"}
)
_MADE_ANEW: Final = frozenset({"host", "content-length", "expect"})
_TRACES: Final = frozenset({"forwarded", "x-real-ip", "via"})
_TRACE_PREFIX: Final = "x-forwarded-"
_IDENTITY: Final = frozenset({"user-agent", "accept-encoding"})
_IDENTITY_PREFIX: Final = "sec-ch-ua"
_CHROME: Final = "Chrome/"
_PRIORITIES: Final = {"empty": "u=1, i", "document": "u=0, i"}
"""Chrome's, by ``Sec-Fetch-Dest``: of a page's own call and of a navigation."""
_MAPPED: Final = frozenset({"origin", "referer"})
_PAST_THE_RELAY: Final = frozenset({"alt-svc", "strict-transport-security"})
_NEED_SECURE: Final = frozenset({"samesite=none", "partitioned"})
"""Attributes that browsers take only together with ``Secure``."""


def is_browser(headers: Headers) -> bool:
    """Whether a client's own browser headers are to be believed."""
    return (header(headers, "user-agent") or "").startswith("Mozilla/")


def upstream_headers(headers: Headers, outward: OriginMap) -> Headers:
    """What is sent to the service."""
    dropped = HOP_BY_HOP | _MADE_ANEW | _HANDSHAKE | _TRACES | named_by_connection(headers)
    keeps_identity = is_browser(headers)
    return tuple(
        (name, outward.text(value) if name in _MAPPED else value)
        for name, value in headers
        if name not in dropped
        and not name.startswith((_TRACE_PREFIX, ":"))
        and (keeps_identity or not (name in _IDENTITY or name.startswith(_IDENTITY_PREFIX)))
    )


def with_priority(headers: Headers) -> Headers:
    """A request's headers with the ``Priority`` that Chrome would give it over HTTP/2, if they are Chrome's.

    It speaks HTTP/1.1 with the local server, and says none there; over HTTP/1.1 libcurl leaves it out, too.
    """
    wanted = _PRIORITIES.get(header(headers, "sec-fetch-dest") or "")
    is_chrome = _CHROME in (header(headers, "user-agent") or "")
    if wanted is None or not is_chrome or header(headers, "priority") is not None:
        return headers
    return (*headers, ("priority", wanted))


def client_headers(headers: Headers, inward: OriginMap, *, secure: bool) -> Headers:
    """What is sent to the client.

    Args:
        secure: Whether the client came over TLS.
    """
    dropped = HOP_BY_HOP | _HANDSHAKE | _PAST_THE_RELAY | named_by_connection(headers) | {"content-length"}
    if decoded_from(headers) is not None:
        dropped |= {"content-encoding"}
    return tuple(
        (name, client_cookie(value, secure=secure) if name == "set-cookie" else inward.text(value))
        for name, value in headers
        if name not in dropped
    )


def client_cookie(value: str, *, secure: bool) -> str:
    """A ``Set-Cookie`` that a client of the local server keeps.

    ``Domain`` goes, for it names the service. Over plain http ``Secure`` goes too, and with it what needs it; but not
    of ``__Host-`` and ``__Secure-`` cookies, which are refused without it (libcurl keeps them on loopback http).
    """
    pair, *attributes = value.split(";")
    plain = [one for one in attributes if one.partition("=")[0].strip().lower() != "domain"]
    if not secure and not pair.strip().startswith(("__Host-", "__Secure-")):
        needless = _NEED_SECURE | {"secure"}
        plain = [one for one in plain if one.replace(" ", "").lower() not in needless]
    return ";".join((pair, *plain))
