"""Which characters may stand raw in a cassette.

Line-safe ones can neither break a line, nor steer a terminal, nor turn the direction of the text, nor be refused or
changed by a YAML reader. All others are written as escapes.
"""

from __future__ import annotations

import re
from typing import Final

# No C0, DEL, C1, no-break space, line and paragraph separator, bidi control, BOM, surrogate, noncharacter, nor what
# stands beyond the first supplementary plane.
SAFE_BEYOND_ASCII: Final = (
    "\u00a1-\u200d\u2010-\u2027\u2030-\u2065\u206a-\ud7ff\ue000-\ufdcf\ufdf0-\ufefe\uff00-\ufff8\ufffc\ufffd"
    "\U00010000-\U0001fffd"
)
"""As ranges of a regular expression."""
UNSAFE: Final = re.compile(f"[^ -~{SAFE_BEYOND_ASCII}]")
"""One character that is not line-safe."""

_UNSAFE_BUT_NEWLINE: Final = re.compile(f"[^\n -~{SAFE_BEYOND_ASCII}]")
# A hand-written file may hold these too, in its quoted texts.
_REFUSED_IN_FILES: Final = re.compile(f"[^\n -~{SAFE_BEYOND_ASCII}\u00a0\u202f\U00020000-\U0010fffd]")
_HARMLESS_ASCII: Final = b"\n" + bytes(range(0x20, 0x7F))


def is_line_safe(text: str) -> bool:
    """Whether a text holds line-safe characters only (so no newline either)."""
    return text.isprintable() if text.isascii() else UNSAFE.search(text) is None


def _search(pattern: re.Pattern[str], text: str) -> int | None:
    # Most text is ASCII: taken out first, at the speed of memory, it leaves little for the pattern.
    rest = text.encode("utf-8", "surrogatepass").translate(None, _HARMLESS_ASCII)
    if not rest or pattern.search(rest.decode("utf-8", "surrogatepass")) is None:
        return None
    found = pattern.search(text)
    return None if found is None else found.start()


def find_unsafe(text: str) -> int | None:
    """Where the first character stands that is neither line-safe nor a newline, or None."""
    return _search(_UNSAFE_BUT_NEWLINE, text)


def find_refused(text: str) -> int | None:
    """Where the first character stands that may not be in a cassette file at all, or None."""
    return _search(_REFUSED_IN_FILES, text)
