"""Which characters may stand raw in a cassette.

Line-safe ones can neither break a line, nor steer a terminal, nor turn the direction of the text, nor be refused or
changed by a YAML reader. All others are written as escapes.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Final

# No C0, DEL, C1, no-break space, line and paragraph separator, bidi control, BOM, surrogate, noncharacter, nor what
# stands beyond the first supplementary plane.
SAFE_BEYOND_ASCII: Final = (
    "\u00a1-\u200d\u2010-\u2027\u2030-\u2065\u206a-\ud7ff\ue000-\ufdcf\ufdf0-\ufefe\uff00-\ufff8\ufffc\ufffd"
    "\U00010000-\U0001fffd"
)
"""As ranges of a regular expression."""
_HARMLESS_ASCII: Final = b"\n" + bytes(range(0x20, 0x7F))
_PIECE: Final = 1 << 20
"""Characters that are searched at once."""


# A pattern over these ranges takes milliseconds to compile, and most cassettes are ASCII: compiled when first needed.


@functools.cache
def unsafe() -> re.Pattern[str]:
    """The pattern of one character that is not line-safe."""
    return re.compile(f"[^ -~{SAFE_BEYOND_ASCII}]")


@functools.cache
def _unsafe_but_newline() -> re.Pattern[str]:
    return re.compile(f"[^\n -~{SAFE_BEYOND_ASCII}]")


@functools.cache
def _refused_in_files() -> re.Pattern[str]:
    # A hand-written file may hold the last three ranges too, in its quoted texts.
    return re.compile(f"[^\n -~{SAFE_BEYOND_ASCII}\u00a0\u202f\U00020000-\U0010fffd]")


def is_line_safe(text: str) -> bool:
    """Whether a text holds line-safe characters only (so no newline either)."""
    return text.isprintable() if text.isascii() else unsafe().search(text) is None


def is_plain(data: bytes) -> bool:
    """Whether bytes are line-safe ASCII and newlines only."""
    return all(not data[at : at + _PIECE].translate(None, _HARMLESS_ASCII) for at in range(0, len(data), _PIECE))


def _search(pattern: Callable[[], re.Pattern[str]], text: str) -> int | None:
    # In pieces, since the copies of a whole cassette would be its peak of memory.
    for at in range(0, len(text), _PIECE):
        piece = text[at : at + _PIECE]
        # Most text is ASCII: taken out first, at the speed of memory, it leaves little for the pattern.
        rest = piece.encode("utf-8", "surrogatepass").translate(None, _HARMLESS_ASCII)
        if rest and pattern().search(rest.decode("utf-8", "surrogatepass")) is not None:
            found = pattern().search(piece)
            return None if found is None else at + found.start()
    return None


def find_unsafe(text: str) -> int | None:
    """Where the first character stands that is neither line-safe nor a newline, or None."""
    return _search(_unsafe_but_newline, text)


def find_refused(text: str) -> int | None:
    """Where the first character stands that may not be in a cassette file at all, or None."""
    return _search(_refused_in_files, text)
