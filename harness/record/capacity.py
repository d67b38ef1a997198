"""`Capacity`: warns the user when a recording has reached the limits of a cassette."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from harness.cassette.model import LIMITS, Limits
from harness.cassette.payloads import MAX_INLINE_BYTES
from harness.record.assembly import most_inline
from harness.record.events import (
    Event,
    MessagePassed,
    RequestBegan,
    RequestBody,
    ResponseBegan,
    ResponseEnded,
    ResponsePieces,
)

_EXCHANGE_BYTES: Final = 300
_LINE_BYTES: Final = 30
"""Bytes that an exchange, and a line of a transcript, take beside their content, roughly."""


@dataclass(slots=True)
class _Body:
    """A body that has not ended: its size so far, and the size from which it goes to side files."""

    most_inline: float
    taken: int = 0


class Capacity:
    """Counts the events of a recording; warns once when the cassette is full.

    Args:
        limits: Of the cassette.
    """

    def __init__(self, limits: Limits = LIMITS) -> None:
        self._limits = limits
        self._exchanges = self._lines = self._inline = self._beside = self._large = 0
        self._has_warned = False
        self._bodies: dict[int, _Body] = {}
        self._sent: dict[int, _Body] = {}

    def observe(self, seen: Event) -> str:
        """Count an event; returns a warning for the user, once, when the cassette becomes full, else an empty text."""
        match seen:
            case RequestBegan():
                self._exchanges += 1
                self._inline += _EXCHANGE_BYTES + sum(len(name) + len(value) for name, value in seen.headers)
            case MessagePassed():
                self._add(len(seen.data))
            case RequestBody():
                # It may arrive while the response does.
                sent = self._sent.setdefault(seen.exchange, _Body(MAX_INLINE_BYTES + 1))
                self._add_to_body(sent, [len(seen.data)])
            case ResponseBegan():
                self._bodies[seen.exchange] = _Body(most_inline(seen.headers))
                return ""
            case ResponsePieces():
                body = self._bodies[seen.exchange]  # no piece comes before the response has begun
                self._add_to_body(body, [len(piece.data) for piece in seen.pieces])
            case ResponseEnded():
                self._bodies.pop(seen.exchange, None)
                self._sent.pop(seen.exchange, None)
                return ""
            case _:
                return ""
        if self._has_warned or not (full := self._full()):
            return ""
        self._has_warned = True
        return f"a cassette holds at most {full}: what follows is recorded, but will be left out; end the recording now"

    def _add(self, size: int) -> None:
        self._lines += 1
        self._inline += _LINE_BYTES
        if size > MAX_INLINE_BYTES:
            self._beside += size
        else:
            self._inline += size

    def _add_to_body(self, body: _Body, sizes: list[int]) -> None:
        """Count pieces of a body. Once it is large it goes to side files, with the pieces that came before."""
        before = body.taken
        body.taken += sum(sizes)
        if body.taken < body.most_inline:
            for size in sizes:
                self._add(size)
            return
        if before < body.most_inline:
            self._inline -= before
            self._beside += before
        self._lines += 1
        added = body.taken - before
        if body.taken <= self._limits.side_file_bytes:
            self._beside += added
            return
        if before <= self._limits.side_file_bytes:  # all of it stays on the disk now
            self._beside -= before
            added += before
        self._large += added

    def _full(self) -> str:
        most = self._limits
        for taken, limit, what in (
            (self._exchanges, most.exchanges, "exchanges"),
            (self._lines, most.lines, "messages"),
            (self._inline >> 20, most.file_bytes >> 20, "MiB of messages and small bodies"),
            (self._beside >> 20, most.payload_bytes >> 20, "MiB of large bodies"),
            (self._large >> 20, most.large_bytes >> 20, f"MiB of bodies above {most.side_file_bytes >> 20} MiB"),
        ):
            if taken >= limit:
                return f"{limit} {what}"
        return ""
