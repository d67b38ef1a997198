"""Which headers a cassette keeps: those that say something about the exchange, and not about one connection."""

from __future__ import annotations

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

_COMPUTED: Final = frozenset({"content-length", "host"})
"""Follow from the body and from where the request goes."""

_HANDSHAKE: Final = frozenset(
    {"sec-websocket-key", "sec-websocket-version", "sec-websocket-extensions", "sec-websocket-accept"},
)

DECODED: Final = frozenset({"gzip", "x-gzip", "deflate", "br", "zstd"})
"""Content codings that libcurl takes off."""


def named_by_connection(headers: Headers) -> frozenset[str]:
    """Further headers that ``Connection`` declares hop-by-hop."""
    values = (value for name, value in headers if name == "connection")
    return frozenset(token.strip().lower() for value in values for token in value.split(","))


def decoded_from(headers: Headers) -> str | None:
    """The content coding that was taken off an answer's body, or None."""
    fields = (value for name, value in headers if name == "content-encoding")
    codings = [one.strip().lower() for value in fields for one in value.split(",")]
    codings = [one for one in codings if one and one != "identity"]
    return ", ".join(codings) if codings and all(one in DECODED for one in codings) else None


def kept_headers(headers: Headers, *, upgrade: bool = False, decoded: bool = False, measures: bool = False) -> Headers:
    """The headers that a cassette keeps, in order.

    Args:
        upgrade: The handshake's own are dropped too.
        decoded: The content coding was taken off.
        measures: ``Content-Length`` is of no body that came (HEAD, 304), and says something.
    """
    dropped = HOP_BY_HOP | _COMPUTED | named_by_connection(headers)
    if upgrade:
        dropped |= _HANDSHAKE
    if decoded:
        dropped |= {"content-encoding"}
    if measures:
        dropped -= {"content-length"}
    return tuple((name, value) for name, value in headers if name not in dropped)
