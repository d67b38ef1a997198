"""The stretches of text in large binary data: what is encoded stands in one of them, and a picture has hardly any."""

from __future__ import annotations

import re
from typing import Final

from harness.redact.byte_search import MAX_CHUNK


def _role(byte: int) -> str:
    """A letter for a byte's role in UTF-8: a character alone, first of two, three or four bytes, or a later byte."""
    if 32 <= byte < 127 or byte in b"\t\n\f\r":
        return "a"
    firsts = ((range(0xC2, 0xE0), "b"), (range(0xE0, 0xF0), "c"), (range(0xF0, 0xF5), "d"), (range(0x80, 0xC0), "e"))
    return next((letter for bytes_, letter in firsts if byte in bytes_), "x")


CONTROLS: Final = bytes(set(range(32)) - {9, 10, 12, 13, 0x1E})
"""The control characters that text does not hold."""
_ROLES: Final = "".join(map(_role, range(256))).encode()
_CHARACTER: Final = rb"(?:a|be|cee|deee)"
# Eight characters: shorter values are not searched for. The first one is apart: `re` then finds beginnings faster.
_TEXT: Final = re.compile(_CHARACTER + _CHARACTER + rb"{7,}")


def text_runs(data: bytes) -> list[tuple[int, int]] | None:
    """Start and end of each stretch of text in large binary data; None for other data, which is decoded as a whole.

    Data without control characters is text, in whatever character set.
    """
    if len(data) <= MAX_CHUNK or len(data.translate(None, CONTROLS)) == len(data):
        return None
    return [found.span() for found in _TEXT.finditer(data.translate(_ROLES))]
