"""HTTP's rules for headers: which belong to one connection, which a cassette keeps, which a local client receives.

Recording and replaying share these rules. The headers of a response that a client of the local server receives:

| header | treatment |
|---|---|
| hop-by-hop headers, those of the handshake, ``Content-Encoding`` that was removed | made anew, or dropped |
| ``Content-Length`` | kept if the body is unchanged, or there is none (HEAD, 304), else made anew |
| ``Alt-Svc``, ``Strict-Transport-Security`` | dropped: they would direct the client away from the local server |
| ``Set-Cookie`` | see `client_cookies` |
| all others | kept, with the service's origin replaced by the local one |
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
"""Hop-by-hop headers of RFC 9110 §7.6.1, and those that older clients add."""

HANDSHAKE: Final = frozenset(
    {"sec-websocket-key", "sec-websocket-version", "sec-websocket-extensions", "sec-websocket-accept"},
)
"""Headers of the WebSocket handshake, made anew on each connection."""

_COMPUTED: Final = frozenset({"content-length", "host"})
"""Headers that follow from the body and the request's destination."""

_DECODED: Final = frozenset({"gzip", "x-gzip", "deflate", "br", "zstd"})
"""Content codings that libcurl decodes."""

_PAST_THE_SERVER: Final = frozenset({"alt-svc", "strict-transport-security"})
_SIGNED: Final = frozenset({"authorization", "dpop", "signature", "signature-input"})
_NEED_SECURE: Final = frozenset({"secure", "samesite=none", "partitioned"})
"""``Secure``, and the attributes that browsers accept only together with it."""
_SECURE_NAMES: Final = ("__host-", "__secure-", "__http-", "__host-http-")
"""Name prefixes of cookies that clients refuse without ``Secure``."""

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
    """The content coding that was removed from a response's body, or None."""
    fields = (value for name, value in headers if name == "content-encoding")
    codings = [one.strip().lower() for value in fields for one in value.split(",")]
    codings = [one for one in codings if one and one != "identity"]
    return ", ".join(codings) if codings and all(one in _DECODED for one in codings) else None


def kept_headers(headers: Headers, *, upgrade: bool = False, decoded: bool = False, measures: bool = False) -> Headers:
    """The headers that a cassette keeps, in order.

    Args:
        upgrade: Whether the headers of the handshake are dropped, too.
        decoded: Whether the content coding was removed from the body.
        measures: Whether ``Content-Length`` describes a body that was not sent (HEAD, 304), so that it is kept.
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
    """A header's value as the service receives it: with the service's origin, except in signatures of the request.

    Args:
        outward: Replaces the local server's origin by the service's.
    """
    return value if name in _SIGNED else outward(value)


def client_headers(
    headers: Headers, inward: Callable[[str], str], *, secure: bool, decoded: bool = True, measured: bool = False
) -> Headers:
    """The headers, or the trailers, of a response as a client of the local server receives them.

    Args:
        headers: As the service sent them, or as a cassette holds them.
        inward: Replaces the service's origin by the local server's.
        secure: Whether the client came over TLS.
        decoded: Whether the content coding was removed; False keeps its header.
        measured: Whether ``Content-Length`` is the length of the body that the client receives.
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
    """Rewrite a ``Set-Cookie`` as one or two values, so that every client of the local server keeps the cookie.

    ``Domain`` is removed, since it names the service. Over plain http ``Secure`` and the attributes that need it are
    removed, too.

    A cookie ``__Host-..`` or ``__Secure-..`` is sent twice over plain http. First with ``Secure``, for browsers and
    libcurl, which refuse it otherwise and treat loopback as secure. Then without, for the cookie jars of Python, Go and
    Node, which never send a secure cookie over http, and keep the last of two cookies with one name. Browsers and
    libcurl refuse the second value, and keep the first.
    """
    pair, *attributes = value.split(";")
    bound = ";".join((pair, *(one for one in attributes if one.partition("=")[0].strip().lower() != "domain")))
    if secure:
        return (bound,)
    pair, *attributes = bound.split(";")
    loose = ";".join((pair, *(one for one in attributes if one.replace(" ", "").lower() not in _NEED_SECURE)))
    is_refused = pair.lstrip().lower().startswith(_SECURE_NAMES) and loose != bound
    return (bound, loose) if is_refused else (loose,)
