r"""Halves of characters: a service that cuts text by UTF-16 units sends an emoji's surrogates in two messages.

JSON can write a lone surrogate (``\ud83d``), UTF-8 cannot: a string that holds one fails at the next `str.encode`.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias, cast

Key: TypeAlias = tuple[type, str | None]
"""Identifies a text that comes in pieces: the type of its events, and its part."""
_REPLACEMENT: Final = "\ufffd"
_FIRST_HALF: Final = ("\ud800", "\udbff")


def whole_characters(text: str) -> str:
    """Join paired surrogates, and replace each one without a partner by U+FFFD."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def whole_strings(value: Any, *, cut: frozenset[str]) -> Any:
    """Return a JSON value in which all strings have whole characters, except those under the top-level keys ``cut``."""
    if isinstance(value, dict):
        mapping = cast("dict[str, Any]", value)
        return {
            whole_characters(key): each if key in cut else whole_strings(each, cut=frozenset())
            for key, each in mapping.items()
        }
    if isinstance(value, list):
        return [whole_strings(each, cut=frozenset()) for each in cast("list[Any]", value)]
    return whole_characters(value) if isinstance(value, str) else value


class Joiner:
    """Joins characters that were cut between two pieces of one text.

    It holds back a first half at the end of a piece, until the next piece of the same text.

    Attributes:
        waiting: The halves that are held back, by text.
    """

    __slots__ = ("waiting",)

    def __init__(self) -> None:
        self.waiting: dict[Key, str] = {}

    def join(self, key: Key, piece: str) -> str:
        """Add a piece, and return the text that can be shown now; may be empty."""
        text = self.waiting.pop(key, "") + piece
        if text and _FIRST_HALF[0] <= text[-1] <= _FIRST_HALF[1]:
            self.waiting[key] = text[-1]
            text = text[:-1]
        return whole_characters(text)

    def end(self, key: Key) -> str:
        """End a text, and return U+FFFD for a half that is still held back, else an empty text."""
        return _REPLACEMENT if self.waiting.pop(key, "") else ""

    def held(self) -> tuple[Key, ...]:
        """The keys of the texts that wait for the second half of a character."""
        return tuple(self.waiting)
