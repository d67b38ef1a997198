"""Texts of several lines on one line of a transcript: ``␊`` stands for a line feed, ``␍`` for a carriage return."""

from __future__ import annotations

from typing import Final

from harness.cassette.characters import is_line_safe

LINE_FEED: Final = "\u240a"
CARRIAGE_RETURN: Final = "\u240d"
_TO_PICTURES: Final = str.maketrans({"\n": LINE_FEED, "\r": CARRIAGE_RETURN})
_TO_ENDS: Final = str.maketrans({LINE_FEED: "\n", CARRIAGE_RETURN: "\r"})


def pictured(payload: bytes) -> str | None:
    """A payload with line feeds, as one line; None if it has none, or if the line would not give it back exactly."""
    if b"\n" not in payload or payload[:1] == b" " or payload[-1:] == b" ":
        return None
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        return None
    if LINE_FEED in text or CARRIAGE_RETURN in text:
        return None
    line = text.translate(_TO_PICTURES)
    return line if is_line_safe(line) else None


def unpictured(line: str) -> bytes:
    """The payload that `pictured` made a line of."""
    return line.translate(_TO_ENDS).encode()
