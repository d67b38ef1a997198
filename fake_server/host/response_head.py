"""The head of a response: its header fields, its trailers and its reason phrase, as they are sent."""

from __future__ import annotations

from typing import Final

from fake_server.host.status_phrases import phrase_of
from fake_server.stage import Response
from provider.websocket import Headers

NO_BODY: Final = frozenset({204, 304})
"""Statuses whose responses have no body (RFC 9110 §6.4.1)."""
_SPELLED: Final = {
    "sec-websocket-protocol": "Sec-WebSocket-Protocol",
    "sec-websocket-extensions": "Sec-WebSocket-Extensions",
}
"""As RFC 6455 spells them: gql's transport looks for the subprotocol by that spelling only."""


def framed(response: Response, *, has_body: bool) -> Headers:
    """The response's headers, with ``content-length`` if the body's length is known.

    Args:
        has_body: False for HEAD, where a given length is that of the response to GET.
    """
    headers = tuple((name, value) for name, value in response.headers if name.lower() != "transfer-encoding")
    if not isinstance(response.body, bytes) or response.status in NO_BODY:
        return headers
    if (not has_body and not response.body) or response.trailers:
        return headers
    headers = tuple((name, value) for name, value in headers if name.lower() != "content-length")
    return (*headers, ("content-length", str(len(response.body))))


def upgrade_headers(accept_key: str, headers: Headers) -> Headers:
    """The header fields of a 101 that opens a WebSocket.

    Args:
        accept_key: Value of ``Sec-WebSocket-Accept``.
        headers: Further fields, of the stage.
    """
    return (
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Accept", accept_key),
        *((_SPELLED.get(name, name), value) for name, value in headers),
    )


def encoded(headers: Headers) -> list[tuple[bytes, bytes]]:
    """Header fields as h11 takes them."""
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]


def trailers(response: Response) -> Headers:
    """The trailers of a response whose body is sent: the stage may know them only then."""
    return response.trailers if isinstance(response.trailers, tuple) else response.trailers()


def reason_of(response: Response) -> str:
    """The reason phrase: the stage's own, or that of the status."""
    return phrase_of(response.status) if response.reason is None else response.reason
