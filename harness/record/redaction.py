"""A redaction pass over observations."""

from __future__ import annotations

import msgspec

from harness.record.observations import (
    MessagePassed,
    Observation,
    Piece,
    RequestBegan,
    RequestBody,
    ResponseBegan,
    ResponseEnded,
    ResponsePieces,
    SocketEnded,
)
from harness.redact.engine import Pass, cut
from harness.redact.exchanges import close_reason, frame_sizes

_replace = msgspec.structs.replace


def redact_observation(redaction: Pass, seen: Observation) -> Observation:
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
            texts = cut(redaction, [piece.data for piece in seen.pieces])
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


def _message(redaction: Pass, seen: MessagePassed) -> MessagePassed:
    replaced = redaction.data(seen.data)
    if not replaced.edits:
        return seen
    frames = frame_sizes(replaced.cut(seen.frames), seen.frames)
    return _replace(seen, data=replaced.data, frames=frames)
