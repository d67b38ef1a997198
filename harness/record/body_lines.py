"""`BodyLines`: the pieces of a body, given on line by line, so that no secret is ever cut between two of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from harness.record.events import Piece

_BEGIN: Final = b"-----BEGIN "
_END: Final = b"-----END "
_LONGEST_BLOCK: Final = 64 * 1024
"""Bytes that a block of several lines is waited for; the longest keys have a fifth of it."""


@dataclass(frozen=True, slots=True)
class Lines:
    """Pieces that are safe to be written down.

    Attributes:
        joined: Whether the first one is the rest of a piece, whose beginning was given before.
    """

    pieces: tuple[Piece, ...]
    joined: bool


class BodyLines:
    """Holds the pieces of one body back until the line in which they end is complete.

    A key in PEM counts as one line, as it is secret as a whole.
    """

    def __init__(self) -> None:
        self._held: list[Piece] = []
        self._is_cut = False
        """Whether the first piece that is held has its beginning in what was given before."""

    def add(self, piece: Piece) -> Lines | None:
        """A piece came; what is complete with it."""
        self._held.append(piece)
        if b"\n" not in piece.data:
            return None
        return self._given(complete_lines(self._held))

    def finish(self) -> Lines | None:
        """The body is over; the rest."""
        return self._given(sum(len(piece.data) for piece in self._held))

    def _given(self, room: int) -> Lines | None:
        if not self._held or (room == 0 and any(piece.data for piece in self._held)):
            return None
        joined, self._is_cut = self._is_cut, False
        given: list[Piece] = []
        while self._held and len(self._held[0].data) <= room:
            room -= len(self._held[0].data)
            given.append(self._held.pop(0))
        if room:
            piece = self._held[0]
            given.append(Piece(piece.at, piece.data[:room]))
            self._held[0] = Piece(piece.at, piece.data[room:])
            self._is_cut = True
        return Lines(tuple(given), joined)


def complete_lines(pieces: Sequence[Piece]) -> int:
    """How many bytes of the pieces are lines that are complete."""
    data = b"".join(piece.data for piece in pieces)
    end = data.rfind(b"\n") + 1
    begin = data.rfind(_BEGIN, 0, end)
    if begin >= 0 and data.find(_END, begin, end) < 0 and end - begin < _LONGEST_BLOCK:
        return data.rfind(b"\n", 0, begin) + 1
    return end
