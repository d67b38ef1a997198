"""Replacing spans of bytes, and following an offset through it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Edit:
    """``data[start:end]`` becomes ``replacement``."""

    start: int
    end: int
    replacement: bytes

    def moved(self, by: int) -> Edit:
        """The edit with its position in larger data, in which the edited data begins at ``by``."""
        return Edit(self.start + by, self.end + by, self.replacement)


@dataclass(frozen=True, slots=True)
class Replaced:
    """Bytes after edits.

    Attributes:
        data: The new bytes.
        edits: The edits that were made to the old bytes, in order, without overlap.
    """

    data: bytes = field(repr=False)
    edits: tuple[Edit, ...] = field(default=(), repr=False)

    def offset(self, old: int) -> int:
        """The offset in the new bytes for one in the old bytes; an offset inside a replaced span moves to its end."""
        grown = 0
        for edit in self.edits:
            if edit.end > old:
                return edit.start + grown + len(edit.replacement) if edit.start < old else old + grown
            grown += len(edit.replacement) - (edit.end - edit.start)
        return old + grown

    def cut(self, sizes: Sequence[int]) -> list[bytes]:
        """The new bytes in pieces that correspond to the pieces of the old bytes, whose sizes are ``sizes``."""
        pieces: list[bytes] = []
        old = new = 0
        for size in sizes:
            old += size
            upto = self.offset(old)
            pieces.append(self.data[new:upto])
            new = upto
        return pieces

    def frame_sizes(self, sizes: Sequence[int]) -> tuple[int, ...]:
        """Payload sizes of a message's frames after the edits.

        Args:
            sizes: Those before, in bytes; empty for a message that was not fragmented.

        Returns:
            As many sizes as before; none if those before do not add up to the old message, since then no frame's
            place is known.
        """
        if not self.edits:
            return tuple(sizes)
        grown = sum(len(edit.replacement) - (edit.end - edit.start) for edit in self.edits)
        fits = sum(sizes) == len(self.data) - grown
        return tuple(map(len, self.cut(sizes))) if fits else ()


class Spans:
    """The spans of some data that a caller has handled already, such as those that have been redacted."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []

    def hold(self, start: int, end: int) -> bool:
        """Whether every byte of a span was handled already."""
        index = bisect_right(self._starts, start) - 1
        return index >= 0 and end <= self._ends[index]

    def add(self, spans: Iterable[tuple[int, int]]) -> None:
        """Mark further spans as handled."""
        for start, end in spans:
            first, behind = bisect_right(self._ends, start), bisect_left(self._starts, end)
            if first < behind:  # it shares bytes with these
                start, end = min(start, self._starts[first]), max(end, self._ends[behind - 1])  # noqa: PLW2901
            self._starts[first:behind] = [start]
            self._ends[first:behind] = [end]


def merge(edits: Iterable[Edit]) -> tuple[Edit, ...]:
    """The edits in order without overlap: edits that share a byte become one, with the replacement of the longest."""
    merged: list[Edit] = []
    longest = 0
    for edit in sorted(edits, key=lambda one: (one.start, -one.end)):
        size = edit.end - edit.start
        if merged and edit.start < merged[-1].end:
            last = merged[-1]
            replacement = edit.replacement if size > longest else last.replacement
            merged[-1] = Edit(last.start, max(last.end, edit.end), replacement)
            longest = max(longest, size)
        else:
            merged.append(edit)
            longest = size
    return tuple(merged)


def apply(data: bytes, edits: Iterable[Edit]) -> Replaced:
    """Apply edits to bytes; edits that overlap are merged first, as `merge` does."""
    final = merge(edits)
    if not final:
        return Replaced(data)
    parts: list[bytes] = []
    upto = 0
    for edit in final:
        parts += (data[upto : edit.start], edit.replacement)
        upto = edit.end
    parts.append(data[upto:])
    return Replaced(b"".join(parts), final)
