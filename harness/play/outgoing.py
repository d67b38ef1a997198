"""A recorded request as this session's client sends it."""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass, field
from typing import Final

import msgspec

from harness.cassette.model import Body, Exchange, Headers, RequestPart, SocketExchange, whole_body
from harness.headers import HANDSHAKE, first, is_text_type
from harness.origins import looks_like_json
from harness.play.session_values import SessionValues
from harness.relay.upstream import Upstream

_NOT_SENT: Final = HANDSHAKE | {"host", "content-length", "expect", "accept-encoding"}
"""Made anew; the transport asks for the codings that it decodes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingRequest:
    """A recorded request with this session's values, ready to be sent to the live service.

    Attributes:
        method: ``GET`` for an upgrade.
        upstream: The service.
        target: Path and query.
        headers: Without those that the transport makes.
        body: None for no body.
        is_socket: Whether it is an upgrade.
    """

    method: str
    upstream: Upstream
    target: str = field(repr=False)
    headers: Headers = field(default=(), repr=False)
    body: bytes | None = field(default=None, repr=False)
    is_socket: bool = False

    @property
    def url(self) -> str:
        """The URL, ``ws://`` or ``wss://`` for an upgrade; empty if the target could lead to another host."""
        return (self.upstream.socket_url(self.target) if self.is_socket else self.upstream.url(self.target)) or ""

    def as_part(self) -> RequestPart:
        """The request that `wiretape play` sends, in a cassette's form, secrets included."""
        return RequestPart(headers=self.headers, body=Body(data=self.body or b""))

    def upgrade_headers(self) -> Headers:
        """All headers of an upgrade, with those of the handshake."""
        key = base64.b64encode(os.urandom(16)).decode("ascii")
        return (
            ("Host", self.upstream.netloc),
            ("Upgrade", "websocket"),
            ("Connection", "Upgrade"),
            ("Sec-WebSocket-Key", key),
            ("Sec-WebSocket-Version", "13"),
            *self.headers,
        )


def outgoing_request(exchange: Exchange, values: SessionValues, target: str, upstream: Upstream) -> OutgoingRequest:
    """The request of an exchange, with this session's values.

    Args:
        exchange: The recorded one.
        values: Of the session.
        target: Its path and query.
        upstream: The service that gets it.
    """
    part = _plain(exchange.request)
    kept = tuple((name, value) for name, value in part.headers if name not in _NOT_SENT)
    is_socket = isinstance(exchange, SocketExchange)
    body = whole_body(part)
    return OutgoingRequest(
        method="GET" if isinstance(exchange, SocketExchange) else exchange.method,
        upstream=upstream,
        target=values.target(target),
        headers=values.headers(kept, upstream.origin),
        body=None if is_socket or not body else values.payload(_body_kind(part.headers, body), body),
        is_socket=is_socket,
    )


def _plain(part: RequestPart) -> RequestPart:
    """The request; if it was recorded as a streamed upload, the stream's lines become one body."""
    if part.stream is None:
        return part
    return msgspec.structs.replace(part, body=Body(data=whole_body(part)), stream=None)


def _body_kind(headers: Headers, body: bytes) -> str:
    kind = first(headers, "content-type")
    is_text = looks_like_json(body) if kind is None else is_text_type(kind) or kind.startswith("multipart/")
    return "text" if is_text else "binary"
