"""The runs of printable bytes in binary data: tokens stand in one of them, and a picture has hardly any."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from harness.redact.text_runs import LARGE

SHORTEST: Final = 12
"""Bytes. Nothing that is looked for in runs is shorter."""
_IS_PRINTABLE: Final = bytes(9 <= byte <= 13 or 32 <= byte < 127 for byte in range(256))
_RUN: Final = b"\x01" * SHORTEST


def printable_runs(data: bytes, *, text: bool) -> Sequence[tuple[int, int]]:
    """Start and end of each long run of printable ASCII and white space; of all the data if it is text, or small."""
    if text or len(data) <= LARGE:
        return ((0, len(data)),)
    marks = data.translate(_IS_PRINTABLE)
    found: list[tuple[int, int]] = []
    start = marks.find(_RUN)
    while start >= 0:
        end = marks.find(b"\x00", start)
        end = end if end >= 0 else len(data)
        found.append((start, end))
        start = marks.find(_RUN, end)
    return found
