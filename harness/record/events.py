"""The events of a session: the recorder's input, and a journal's records.

``at`` is in whole microseconds since the session began. ``exchange`` numbers the exchanges in the order in which they
began. ``direction`` and ``by`` name the sender as a cassette does: ``<`` server, ``>`` client, ``!`` recorder.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Final, Literal, TypeAlias

import msgspec

from harness.cassette.model import Direction, Headers, How
from harness.redact.cassettes import close_reason
from harness.redact.search import RedactionPass, redact_pieces

MessageKind: TypeAlias = Literal["text", "binary", "ping", "pong"]
SocketEnd: TypeAlias = Literal["close", "eof", "reset", "cut"]
BodyEnd: TypeAlias = Literal["whole", "eof", "reset", "cut"]


_LATEST: Final = 2**53
"""285 years. The recorder keeps times in 64 bits, and may move one behind all others."""
Moment: TypeAlias = Annotated[int, msgspec.Meta(le=_LATEST)]
"""Microseconds since the session began; decoding a record with a later one fails, because only damage explains it."""


class _Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="is"):
    exchange: int
    at: Moment


class RequestBegan(_Event, frozen=True, kw_only=True, tag="request"):
    """A request was received; its exchange begins.

    Attributes:
        target: Path and query as sent to the service, or an absolute URL.
        upgrade: Whether it asks for a WebSocket.
    """

    method: str
    target: str
    headers: Headers = ()
    upgrade: bool = False


class RequestBody(_Event, frozen=True, kw_only=True, tag="request-body"):
    """The request's body; of a large one a part, followed by the others. No secret lies across two of these events.

    Attributes:
        decoded: The content coding that the recorder took off, or None.
    """

    data: bytes
    decoded: str | None = None


class ResponseBegan(_Event, frozen=True, kw_only=True, tag="response"):
    """The response's head. For an upgrade, 101 opens the socket, and any other status refuses it.

    Attributes:
        reason: The reason phrase as sent, or None.
        coded: Whether the body is recorded with its content coding, although wiretape could decode it. The cassette
            then keeps the ``Content-Encoding`` header.
    """

    status: int
    reason: str | None = None
    headers: Headers = ()
    coded: bool = False


class Piece(msgspec.Struct, frozen=True):
    """A piece of a decoded body, and when it arrived, in microseconds."""

    at: Moment
    data: bytes


class ResponsePieces(_Event, frozen=True, kw_only=True, tag="response-body"):
    """One or more pieces of the response's body. No secret lies across two of these events.

    Attributes:
        joined: Whether the first piece continues the last piece of the event before.
    """

    pieces: tuple[Piece, ...]
    joined: bool = False


def whole_pieces(observed: Iterable[ResponsePieces]) -> list[Piece]:
    """The pieces as they arrived; those that were split between events are joined again."""
    pieces: list[Piece] = []
    for one in observed:
        rest = iter(one.pieces)
        if one.joined and pieces and (first := next(rest, None)) is not None:
            pieces[-1] = Piece(pieces[-1].at, pieces[-1].data + first.data)
        pieces += rest
    return pieces


class ResponseEnded(_Event, frozen=True, kw_only=True, tag="response-end"):
    """The response's body ended: ``whole``, or broken off by ``by``."""

    kind: BodyEnd = "whole"
    by: Direction = "<"
    trailers: Headers = ()


class MessagePassed(_Event, frozen=True, kw_only=True, tag="message"):
    """A message or control frame of either side.

    Attributes:
        frames: Payload sizes of its frames if it was fragmented.
    """

    direction: Direction
    kind: MessageKind
    data: bytes
    frames: tuple[int, ...] = ()


class SocketEnded(_Event, frozen=True, kw_only=True, tag="socket-end"):
    """One side ended the socket; the other side's close is an event of its own.

    Attributes:
        code: Status code of the close frame; None if there was none.
        reason: Of the close frame, UTF-8.
    """

    direction: Direction
    kind: SocketEnd
    code: int | None = None
    reason: bytes = b""


class ExchangeAborted(_Event, frozen=True, kw_only=True, tag="aborted"):
    """The exchange ended without a response."""

    by: Literal["client", "server", "recorder"]
    how: How = "eof"


Event: TypeAlias = (
    RequestBegan
    | RequestBody
    | ResponseBegan
    | ResponsePieces
    | ResponseEnded
    | MessagePassed
    | SocketEnded
    | ExchangeAborted
)


# ---------------------------------------------------------------- redaction
_replace = msgspec.structs.replace


def redact_event(redaction: RedactionPass, seen: Event) -> Event:
    """The event without its secrets."""
    match seen:
        case RequestBegan():
            return _replace(seen, target=redaction.text(seen.target), headers=redaction.headers(seen.headers))
        case RequestBody():
            return _replace(seen, data=redaction.data(seen.data).data)
        case ResponseBegan():
            reason = None if seen.reason is None else redaction.text(seen.reason)
            return _replace(seen, reason=reason, headers=redaction.headers(seen.headers))
        case ResponsePieces():
            texts = redact_pieces(redaction, [piece.data for piece in seen.pieces])
            pieces = tuple(Piece(old.at, text) for old, text in zip(seen.pieces, texts, strict=True))
            return _replace(seen, pieces=pieces)
        case ResponseEnded():
            return _replace(seen, trailers=redaction.headers(seen.trailers)) if seen.trailers else seen
        case MessagePassed():
            return _message(redaction, seen)
        case SocketEnded():
            return _replace(seen, reason=close_reason(redaction, seen.reason)) if seen.reason else seen
        case _:
            return seen


def _message(redaction: RedactionPass, seen: MessagePassed) -> MessagePassed:
    replaced = redaction.data(seen.data)
    return _replace(seen, data=replaced.data, frames=replaced.frame_sizes(seen.frames)) if replaced.edits else seen
