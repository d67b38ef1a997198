"""What can be observed of a session: the recorder's input, and a journal's records.

Times are whole microseconds since the session began, and ``exchange`` numbers the exchanges in order of beginning.
``direction`` and ``by`` are a cassette's: ``<`` the server, ``>`` the client, ``!`` the recorder itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, TypeAlias

import msgspec

from harness.cassette.model import Direction, Headers, How
from harness.redact.cassettes import close_reason
from harness.redact.search import RedactionPass, redact_pieces

MessageKind: TypeAlias = Literal["text", "binary", "ping", "pong"]
SocketEnd: TypeAlias = Literal["close", "eof", "reset", "cut"]
BodyEnd: TypeAlias = Literal["whole", "eof", "reset", "cut"]


class _Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="is"):
    exchange: int
    at: int


class RequestBegan(_Event, frozen=True, kw_only=True, tag="request"):
    """A request came, and with it an exchange began.

    Attributes:
        target: Path and query as sent to the service.
        upgrade: Whether it asks for a WebSocket.
    """

    method: str
    target: str
    headers: Headers = ()
    upgrade: bool = False


class RequestBody(_Event, frozen=True, kw_only=True, tag="request-body"):
    """The request's whole body.

    Attributes:
        decoded: Content coding that was taken off, or None.
    """

    data: bytes
    decoded: str | None = None


class ResponseBegan(_Event, frozen=True, kw_only=True, tag="response"):
    """The answer's head: for an upgrade, 101 opens the socket and anything else refuses it.

    Attributes:
        reason: The phrase as sent, or None.
        coded: Whether the body that follows is told as it was sent, with a content coding on it that could be taken
            off; its header is kept then.
    """

    status: int
    reason: str | None = None
    headers: Headers = ()
    coded: bool = False


class Piece(msgspec.Struct, frozen=True):
    """A piece of a body, content coding taken off, and when it came."""

    at: int
    data: bytes


class ResponsePieces(_Event, frozen=True, kw_only=True, tag="response-body"):
    """One or more pieces of the answer's body; a secret that lies across pieces lies within one of these.

    Attributes:
        joined: Whether the first one is the rest of a piece, whose beginning is the last one observed before.
    """

    pieces: tuple[Piece, ...]
    joined: bool = False


def whole_pieces(observed: Iterable[ResponsePieces]) -> list[Piece]:
    """The pieces as they came, those that were observed in parts put together again."""
    pieces: list[Piece] = []
    for one in observed:
        rest = iter(one.pieces)
        if one.joined and pieces and (first := next(rest, None)) is not None:
            pieces[-1] = Piece(pieces[-1].at, pieces[-1].data + first.data)
        pieces += rest
    return pieces


class ResponseEnded(_Event, frozen=True, kw_only=True, tag="response-end"):
    """The answer's body ended: ``whole``, or broken off by somebody."""

    kind: BodyEnd = "whole"
    by: Direction = "<"
    trailers: Headers = ()


class MessagePassed(_Event, frozen=True, kw_only=True, tag="message"):
    """A message or control frame, one way or the other.

    Attributes:
        frames: Payload sizes of its frames if it was fragmented.
    """

    direction: Direction
    kind: MessageKind
    data: bytes
    frames: tuple[int, ...] = ()


class SocketEnded(_Event, frozen=True, kw_only=True, tag="socket-end"):
    """One side ended the socket; both sides' closes are observed.

    Attributes:
        reason: UTF-8.
    """

    direction: Direction
    kind: SocketEnd
    code: int | None = None
    reason: bytes = b""


class ExchangeAborted(_Event, frozen=True, kw_only=True, tag="aborted"):
    """The exchange ended without an answer."""

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
    """What was observed, without its secrets."""
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
