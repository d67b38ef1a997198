"""`Track`: one exchange of a recording, told as it happens."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from harness.cassette.model import Direction, Headers, How
from harness.content_coding import content_of
from harness.record.body_lines import BodyLines, Lines
from harness.record.events import (
    BodyEnd,
    ExchangeAborted,
    MessageKind,
    MessagePassed,
    Observation,
    Piece,
    RequestBody,
    ResponseBegan,
    ResponseEnded,
    ResponsePieces,
    SocketEnd,
    SocketEnded,
)

if TYPE_CHECKING:
    from harness.record.recording import Recording


class Track:
    """One exchange of a recording, told as it happens. Made by `Recording.begin`.

    Args:
        headers: The request's.
    """

    def __init__(self, recording: Recording, number: int, headers: Headers = ()) -> None:
        self._recording = recording
        self._number = number
        self._headers = headers
        self._lines = BodyLines()
        self.ended = False
        """Whether the exchange has ended: what comes after an end is not recorded, but for the other side's close."""

    def request_body(self, data: bytes, *, at: float, change: Callable[[bytes], bytes] | None = None) -> None:
        """The request's whole body, as sent. Its content coding is taken off, so that redaction sees what is in it.

        Args:
            change: What becomes of the content; it sees no coding either.
        """
        if data:
            content = content_of(self._headers, data)
            kept = content.data if change is None else change(content.data)
            self._observe(RequestBody(exchange=self._number, at=self._time(at), data=kept, decoded=content.coding))

    def respond(
        self, status: int, headers: Headers, *, at: float, reason: str | None = None, coded: bool = False
    ) -> None:
        """The answer's head: for an upgrade, 101 opens the socket and anything else refuses it."""
        self._observe(
            ResponseBegan(
                exchange=self._number, at=self._time(at), status=status, reason=reason, headers=headers, coded=coded
            )
        )

    def chunk(self, data: bytes, *, at: float) -> None:
        """A piece of the answer's body.

        Each line is observed as soon as it is complete, and the rest is held back until then or until the body ends:
        a secret may lie across pieces.
        """
        self._flush(self._lines.add(Piece(self._time(at), data)))

    def end(self, kind: BodyEnd = "whole", *, at: float, by: Direction = "<", trailers: Headers = ()) -> None:
        """The answer's body ended, whole or not. Only the first end counts."""
        if not self.ended:
            self._flush(self._lines.finish())
            self._observe(ResponseEnded(exchange=self._number, at=self._time(at), kind=kind, by=by, trailers=trailers))
            self.ended = True

    def message(
        self, direction: Direction, kind: MessageKind, data: bytes, *, at: float, frames: tuple[int, ...] = ()
    ) -> None:
        """A message or control frame passed."""
        self._observe(
            MessagePassed(
                exchange=self._number, at=self._time(at), direction=direction, kind=kind, data=data, frames=frames
            )
        )

    def socket_end(
        self, direction: Direction, kind: SocketEnd, *, at: float, code: int | None = None, reason: str = ""
    ) -> None:
        """One side ended the socket."""
        raw = reason.encode("utf-8", "replace")
        self._observe(
            SocketEnded(exchange=self._number, at=self._time(at), direction=direction, kind=kind, code=code, reason=raw)
        )
        self.ended = True

    def abort(self, by: Literal["client", "server", "recorder"], how: How = "eof", *, at: float) -> None:
        """The exchange ended without an answer. Only the first end counts."""
        if not self.ended:
            self._observe(ExchangeAborted(exchange=self._number, at=self._time(at), by=by, how=how))
            self.ended = True

    def _flush(self, lines: Lines | None) -> None:
        if lines is not None:
            at = lines.pieces[-1].at
            self._observe(ResponsePieces(exchange=self._number, at=at, pieces=lines.pieces, joined=lines.joined))

    def _time(self, at: float) -> int:
        return self._recording.microseconds(at)

    def _observe(self, seen: Observation) -> None:
        self._recording.observe(seen)
