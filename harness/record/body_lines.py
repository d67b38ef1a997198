"""`BodyLines`: releases a body line by line, so that no secret is ever split between two events."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from harness.record.events import Piece

_BEGIN: Final = b"-----BEGIN "
_END: Final = b"-----END "
_LONGEST_BLOCK: Final = 64 * 1024
"""Most bytes of a block of lines that are held back; the longest keys have a fifth of that."""
_LONGEST_LINE: Final = 1 << 20
"""Most bytes of a line that are held back: a download without line feeds would fill the memory."""
_GAP: Final = re.compile(rb"[^A-Za-z0-9+/=_.~%-]")
"""A byte that is a part of no token."""


@dataclass(frozen=True, slots=True)
class Lines:
    """Pieces of a body that end where a line ends, so that they can be recorded now.

    Attributes:
        joined: Whether the first piece continues the last one that was released before.
    """

    pieces: tuple[Piece, ...]
    joined: bool


class BodyLines:
    """Holds back the pieces of one body until the line in which they end is complete.

    A PEM block counts as one line, since a key is secret as a whole.
    """

    def __init__(self) -> None:
        self._held: list[Piece] = []
        self._size = 0
        self._is_cut = False
        """Whether the beginning of the first held piece was released before."""

    def add(self, piece: Piece) -> Lines | None:
        """Add a piece; returns the lines that it completes."""
        self._held.append(piece)
        self._size += len(piece.data)
        if b"\n" not in piece.data:
            return None if self._size <= _LONGEST_LINE else self._given(_up_to_gap(self._held))
        return self._given(complete_lines(self._held))

    def finish(self) -> Lines | None:
        """Note that the body has ended; returns the pieces that were still held back."""
        return self._given(sum(len(piece.data) for piece in self._held))

    def _given(self, room: int) -> Lines | None:
        if not self._held or (room == 0 and any(piece.data for piece in self._held)):
            return None
        self._size -= room
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


def _up_to_gap(pieces: Sequence[Piece]) -> int:
    """The number of bytes that may be released of a line that is too long: up to a gap between tokens, if any."""
    data = b"".join(piece.data for piece in pieces)
    tail = data[-_LONGEST_BLOCK:]
    gap = _GAP.search(tail)
    return len(data) - len(tail) + (0 if gap is None else gap.end())


def complete_lines(pieces: Sequence[Piece]) -> int:
    """The number of bytes at the beginning of the pieces that are complete lines."""
    data = b"".join(piece.data for piece in pieces)
    end = data.rfind(b"\n") + 1
    begin = data.rfind(_BEGIN, 0, end)
    if begin >= 0 and data.find(_END, begin, end) < 0 and end - begin < _LONGEST_BLOCK:
        return data.rfind(b"\n", 0, begin) + 1
    return end
