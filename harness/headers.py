"""What HTTP says of headers: which belong to one connection, which a cassette keeps, and what a local client is given.

One rule for recording and replaying. What a client of the local server is given of a service's answer:

| header | what happens |
|---|---|
| hop-by-hop headers, the handshake's own, ``Content-Encoding`` that was taken off | made anew, or dropped |
| ``Content-Length`` | passed on where nothing was changed in the body, or there is none (HEAD, 304), else made anew |
| ``Alt-Svc``, ``Strict-Transport-Security`` | dropped: they would lead the client past the local server |
| ``Set-Cookie`` | see `client_cookies` |
| all else | passed on, the service's origin replaced by the local one |
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from harness.cassette.model import Headers

HOP_BY_HOP: Final = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    },
)
"""RFC 9110 §7.6.1, and what older clients add."""

HANDSHAKE: Final = frozenset(
    {"sec-websocket-key", "sec-websocket-version", "sec-websocket-extensions", "sec-websocket-accept"},
)
"""The WebSocket handshake's own, made anew on each connection."""

_COMPUTED: Final = frozenset({"content-length", "host"})
"""Follow from the body and from where the request goes."""

_DECODED: Final = frozenset({"gzip", "x-gzip", "deflate", "br", "zstd"})
"""Content codings that libcurl takes off."""

_PAST_THE_SERVER: Final = frozenset({"alt-svc", "strict-transport-security"})
_SIGNED: Final = frozenset({"authorization", "dpop", "signature", "signature-input"})
_NEED_SECURE: Final = frozenset({"secure", "samesite=none", "partitioned"})
"""``Secure``, and what browsers take only together with it."""
_SECURE_NAMES: Final = ("__host-", "__secure-", "__http-", "__host-http-")
"""Cookies of such names are refused without ``Secure``."""

_TEXT_TYPE: Final = re.compile(
    r"text/.*|[^/]+/(?:.*\+)?(?:json|xml)"
    r"|application/(?:.*\+)?(?:x-)?(?:javascript|ecmascript|ndjson|jsonl|json-lines|json-seq|www-form-urlencoded|yaml)"
    r"|(?:application|audio)/(?:x-|vnd\.apple\.)mpegurl",
    re.IGNORECASE,
)


def first(headers: Headers, name: str) -> str | None:
    """The first header of that name, which is in lower case; None if there is none."""
    return next((value for key, value in headers if key == name), None)


def is_text_type(content_type: str) -> bool:
    """Whether bodies of that type are text, which may hold URLs."""
    return _TEXT_TYPE.fullmatch(content_type.partition(";")[0].strip()) is not None


def named_by_connection(headers: Headers) -> frozenset[str]:
    """Further headers that ``Connection`` declares hop-by-hop."""
    values = (value for name, value in headers if name == "connection")
    return frozenset(token.strip().lower() for value in values for token in value.split(","))


def decoded_from(headers: Headers) -> str | None:
    """The content coding that was taken off an answer's body, or None."""
    fields = (value for name, value in headers if name == "content-encoding")
    codings = [one.strip().lower() for value in fields for one in value.split(",")]
    codings = [one for one in codings if one and one != "identity"]
    return ", ".join(codings) if codings and all(one in _DECODED for one in codings) else None


def kept_headers(headers: Headers, *, upgrade: bool = False, decoded: bool = False, measures: bool = False) -> Headers:
    """The headers that a cassette keeps, in order.

    Args:
        upgrade: The handshake's own are dropped too.
        decoded: The content coding was taken off.
        measures: ``Content-Length`` is of no body that came (HEAD, 304), and says something.
    """
    dropped = HOP_BY_HOP | _COMPUTED | named_by_connection(headers)
    if upgrade:
        dropped |= HANDSHAKE
    if decoded:
        dropped |= {"content-encoding"}
    if measures:
        dropped -= {"content-length"}
    return tuple((name, value) for name, value in headers if name not in dropped)


def service_header(name: str, value: str, outward: Callable[[str], str]) -> str:
    """A header's value as the service gets it: with its own origin, but for what signs a request.

    Args:
        outward: Puts the service's origin in the place of the local server's.
    """
    return value if name in _SIGNED else outward(value)


def client_headers(
    headers: Headers, inward: Callable[[str], str], *, secure: bool, decoded: bool = True, measured: bool = False
) -> Headers:
    """What a client of the local server is given of an answer's headers, or of its trailers.

    Args:
        headers: As the service sent them, or as a cassette has them.
        inward: Puts the local server's origin in the place of the service's.
        secure: Whether the client came over TLS.
        decoded: Whether the content coding was taken off; False keeps its header.
        measured: Whether the length that the headers name is that of what the client gets.
    """
    dropped = HOP_BY_HOP | HANDSHAKE | _PAST_THE_SERVER | named_by_connection(headers)
    if not measured:
        dropped |= {"content-length"}
    if decoded and decoded_from(headers) is not None:
        dropped |= {"content-encoding"}
    given: list[tuple[str, str]] = []
    for name, value in headers:
        if name == "set-cookie":
            given += ((name, inward(each)) for each in client_cookies(value, secure=secure))
        elif name not in dropped:
            given.append((name, inward(value)))
    return tuple(given)


def client_cookies(value: str, *, secure: bool) -> tuple[str, ...]:
    """A ``Set-Cookie`` as the one or two that every client of the local server keeps.

    ``Domain`` goes, for it names the service. Over plain http ``Secure`` goes too, and with it what needs it.

    A cookie ``__Host-..`` or ``__Secure-..`` is given twice over plain http: with ``Secure``, for browsers and libcurl,
    which refuse it otherwise, and count loopback as secure; then without, for the cookie jars of Python, Go and Node,
    which never send a secure cookie over http, and of two equal ones keep the last. Browsers and libcurl refuse the
    second, and keep the first.
    """
    pair, *attributes = value.split(";")
    bound = ";".join((pair, *(one for one in attributes if one.partition("=")[0].strip().lower() != "domain")))
    if secure:
        return (bound,)
    pair, *attributes = bound.split(";")
    loose = ";".join((pair, *(one for one in attributes if one.replace(" ", "").lower() not in _NEED_SECURE)))
    is_refused = pair.lstrip().lower().startswith(_SECURE_NAMES) and loose != bound
    return (bound, loose) if is_refused else (loose,)
