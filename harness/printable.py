"""Text from outside, made safe to print: no control character of a stranger reaches a terminal."""

from __future__ import annotations

import re
from typing import Final

# C0 without newline and tab, DEL, C1, line and paragraph separators, bidi controls, BOM, lone surrogates, specials.
_UNSAFE: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff\ufff9-\uffff]"
)


def _escape(match: re.Match[str]) -> str:
    code = ord(match.group())
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def printable(text: str) -> str:
    """The text with each character that could control a terminal written as an escape; newlines and tabs stay."""
    return _UNSAFE.sub(_escape, text)


def one_line(text: str, limit: int = 200) -> str:
    """The text on one line, at most ``limit`` characters, safe to print."""
    flat = printable(text).replace("\n", "\\n").replace("\t", "\\t")
    return flat if len(flat) <= limit else f"{flat[: limit - 1]}…"
