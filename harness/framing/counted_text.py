"""Texts whose length stands before each: ``6:4hello2:40``, as engine.io 3 joins the packets of a poll.

A length counts UTF-16 units, as JavaScript does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from harness.edits import Edit, apply

_HEAD: Final = re.compile(r"(\d{1,7}):(?=[0-6])")
"""A length, and the type of the packet behind it."""
_BEGINS: Final = re.compile(rb"\d{1,7}:[0-6]")


def with_counted_texts(data: bytes, change: Callable[[bytes], bytes]) -> bytes | None:
    """The data with ``change`` applied to each text, and with the new lengths; None if it has not that format."""
    parts = _parts(data)
    if parts is None:
        return None
    changed = [change(data[start:end]) for _, start, end in parts]
    return b"".join(b"%d:%s" % (_units(part.decode("utf-8", "replace")), part) for part in changed)


def edits_of_lengths(data: bytes, edits: Sequence[Edit]) -> list[Edit]:
    """Edits that correct the length of each text that ``edits`` change; none if the data has not that format."""
    parts = _parts(data) if edits else None
    found: list[Edit] = []
    for head, start, end in parts or ():
        within = [edit.moved(-start) for edit in edits if start <= edit.start and edit.end <= end]
        if within:
            size = _units(apply(data[start:end], within).data.decode("utf-8", "replace"))
            found.append(Edit(head, start - 1, b"%d" % size))
    return found


def _parts(data: bytes) -> list[tuple[int, int, int]] | None:
    """For each text the offsets at which its length begins, the text begins, and the text ends; None without texts."""
    if not _BEGINS.match(data):
        return None
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    found: list[tuple[int, int, int]] = []
    at = place = 0
    while at < len(text):
        head = _HEAD.match(text, at)
        end = None if head is None else _end(text, head.end(), int(head[1]))
        if head is None or end is None:
            return None
        start = place + len(head[0])
        found.append((place, start, start + len(text[head.end() : end].encode())))
        at, place = end, found[-1][2]
    return found


def _end(text: str, start: int, units: int) -> int | None:
    """Where a text of that many UTF-16 units ends; None if there are fewer, or if one would be cut in the middle."""
    part = text[start : start + units]
    if not part.isascii():
        try:
            part = part.encode("utf-16-le")[: 2 * units].decode("utf-16-le")
        except UnicodeDecodeError:
            return None
    return start + len(part) if _units(part) == units else None


def _units(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
