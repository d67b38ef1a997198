"""The client's own headers on their way to a service without impersonation.

| field | what happens |
|---|---|
| ``Host`` | the service's |
| ``Connection`` and what it names, ``Keep-Alive``, ``Proxy-*``, ``Trailer``, ``Expect`` | left out |
| ``Content-Length``, ``Transfer-Encoding: chunked`` | kept in place; the length is that of the sent body |
| ``TE`` | reduced to ``trailers``, if it holds that |
| the local server's origin in values, except in signatures | replaced by the service's |
| ``Sec-WebSocket-Extensions`` | left out: the relay must read the messages |
| all others | unchanged: order, repeats, ``User-Agent``, ``Accept-Encoding``, the handshake of a WebSocket |
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from harness.headers import HOP_BY_HOP, named_by_connection, service_header
from harness.origins import OriginMap
from provider.websocket import Headers

_FRAMING: Final = frozenset({"content-length", "transfer-encoding"})
_OF_THE_CONNECTION: Final = HOP_BY_HOP - _FRAMING - {"te"} | {"expect"}
_OF_AN_UPGRADE: Final = frozenset({"connection", "upgrade"})
_NOT_MISSED: Final = ("websocket", "h2", "http/", "tls/")
_PROTOCOL: Final = re.compile(r"[A-Za-z0-9._/-]{1,40}")


def call_headers(headers: Headers, outward: OriginMap, size: int) -> Headers:
    """The header fields of a call, without ``Host``.

    Args:
        headers: The client's.
        outward: Maps the local server's origin to the service's.
        size: Of the sent body, in bytes.
    """
    named = named_by_connection(headers) - _FRAMING - {"te"}
    dropped = _OF_THE_CONNECTION | named | {"host"}
    return tuple(_framed(_passing(headers, dropped, outward), size))


def upgrade_headers(headers: Headers, outward: OriginMap, netloc: str) -> Headers:
    """All header fields of an upgrade.

    Args:
        headers: The client's.
        outward: Maps the local server's origin to the service's.
        netloc: The service's ``host[:port]``, for ``Host``.
    """
    named = named_by_connection(headers) - _OF_AN_UPGRADE
    dropped = (_OF_THE_CONNECTION - _OF_AN_UPGRADE) | named | _FRAMING | {"te", "sec-websocket-extensions"}
    passing = _passing(headers, dropped, outward)
    fields = tuple((name, netloc if name == "host" else value) for name, value in passing)
    return fields if any(name == "host" for name, _ in fields) else (("host", netloc), *fields)


def is_framed(headers: Headers) -> bool:
    """Whether a request declares a body, even an empty one."""
    return any(name in _FRAMING for name, _ in headers)


def other_protocol(headers: Headers) -> str:
    """The protocol that a request asks for by ``Upgrade``; "" for none, for WebSockets, and for HTTP/2 and TLS.

    A request only offers HTTP/2 or TLS: without them, the client goes on over HTTP.
    """
    if "upgrade" not in named_by_connection(headers):
        return ""
    asked = next((value.strip() for name, value in headers if name == "upgrade"), "")
    is_missed = not asked.lower().startswith(_NOT_MISSED) and _PROTOCOL.fullmatch(asked) is not None
    return asked if is_missed else ""


def _passing(headers: Headers, dropped: frozenset[str], outward: OriginMap) -> Iterator[tuple[str, str]]:
    for name, value in headers:
        if name not in dropped and not name.startswith(":"):
            yield name, service_header(name, value, outward.text)


def _framed(fields: Iterator[tuple[str, str]], size: int) -> Iterator[tuple[str, str]]:
    chosen = list(fields)
    is_chunked = any(name == "transfer-encoding" for name, _ in chosen)
    said = False
    for name, value in chosen:
        if name in _FRAMING:
            if not said:
                said = True
                yield ("transfer-encoding", "chunked") if is_chunked else (name, str(size))
        elif name != "te":
            yield name, value
        elif "trailers" in value.lower():
            yield name, "trailers"
