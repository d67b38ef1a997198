"""The stretches of text in large binary data: what is encoded stands in one of them, and a picture has hardly any."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from harness.redact.byte_search import MAX_CHUNK

CONTROLS: Final = bytes(set(range(32)) - {9, 10, 12, 13, 0x1E})
"""The control characters that text does not hold."""
LARGE: Final = 1 << 11
"""Bytes. Binary data that is larger has beginnings of escapes and letters of names everywhere, by chance."""
_LEAST: Final = 8
"""Characters of a stretch: shorter values are not searched for."""
_LATER: Final = bytes(range(0x80, 0xC0))
"""The bytes of a UTF-8 character behind its first one."""


def _ones(of: Iterable[int]) -> bytes:
    """A table that makes each of these bytes a 1, and each other one a 0."""
    wanted = set(of)
    return bytes(int(byte in wanted) for byte in range(256))


_ALONE, _OF_TWO, _OF_THREE, _OF_FOUR, _BEHIND = map(
    _ones, ([*range(32, 127), *b"\t\n\f\r"], range(0xC2, 0xE0), range(0xE0, 0xF0), range(0xF0, 0xF5), _LATER)
)


def text_runs(data: bytes) -> list[tuple[int, int]] | None:
    """Start and end of each stretch of text in large binary data; None for other data, which is decoded as a whole.

    Data without control characters is text, in whatever character set.
    """
    if len(data) <= LARGE or len(data.translate(None, CONTROLS)) == len(data):
        return None
    of_text = b"".join(_of_text(data, at) for at in range(0, len(data), MAX_CHUNK)) + b"\0"
    runs: list[tuple[int, int]] = []
    start = of_text.find(b"\1" * _LEAST)
    while start >= 0:
        end = of_text.index(b"\0", start)
        if len(data[start:end].translate(None, _LATER)) >= _LEAST:
            runs.append((start, end))
        start = of_text.find(b"\1" * _LEAST, end)
    return runs


def _of_text(data: bytes, at: int) -> bytes:
    """For each byte of a chunk of data, a 1 if it is a part of a character, and else a 0.

    As numbers of one digit a byte, so that each step deals with all bytes at once.
    """
    begin = max(0, at - 3)  # a character that begins before the chunk, or ends behind it
    piece = data[begin : at + MAX_CHUNK + 3]

    def ones(table: bytes) -> int:
        return int.from_bytes(piece.translate(table), "little")

    second = ones(_BEHIND) >> 8
    third, fourth = second >> 8, second >> 16
    two, three, four = ones(_OF_TWO) & second, ones(_OF_THREE) & second & third, second & third & fourth
    four &= ones(_OF_FOUR)
    every = ones(_ALONE) | two | three | four | (two | three | four) << 8 | (three | four) << 16 | four << 24
    return every.to_bytes(len(piece), "little")[at - begin :][:MAX_CHUNK]
