"""One JSON object of a HAR, read field by field.

Exporters differ, and so do what they put where HAR 1.2 has text or a number. ``null`` counts as absent. A value of
another type is read as what it plainly means (``"200"`` as a number, ``12`` as text); what has no plain meaning counts
as absent, too. Both are noted, so that a report can count them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Final, cast

from harness.har.errors import HarFieldError

_KINDS: Final[dict[type, str]] = {
    str: "text",
    int: "a number",
    float: "a number",
    bool: "true or false",
    dict: "an object",
    list: "a list",
    type(None): "nothing",
}
_MOST: Final = 1e17
"""Above what any time or size of a HAR can be."""
_MAX_DIGITS: Final = 40


class Fields:
    """The fields of one object.

    Args:
        value: What should be the object.
        where: Its place in the file.
        odd: Takes the place of each field that is of another type than expected, here and in all objects within.

    Raises:
        HarFieldError: It is no object.
    """

    def __init__(self, value: object, where: str, odd: list[str] | None = None) -> None:
        if not isinstance(value, dict):
            raise HarFieldError(f"expected an object, found {_kind(value)}", where)
        self._values = cast("Mapping[str, object]", value)
        self.where = where
        self.odd: list[str] = [] if odd is None else odd

    def place(self, key: str) -> str:
        """The place of one of its fields."""
        return f"{self.where}.{key}"

    def wrong(self, key: str, problem: str) -> HarFieldError:
        """The error for one of its fields."""
        return HarFieldError(problem, self.place(key))

    def note(self, key: str) -> None:
        """Say that a field is not what it should be."""
        self.odd.append(self.place(key))

    def raw(self, key: str) -> object:
        """Whatever is there, or None."""
        return self._values.get(key)

    def required_text(self, key: str) -> str:
        """A text without which the object says nothing.

        Raises:
            HarFieldError: It is not there, or is no text.
        """
        found = self._values.get(key)
        if found is None:
            raise HarFieldError(f"the field `{key}` is missing", self.where)
        if not isinstance(found, str):
            raise self.wrong(key, f"expected text, found {_kind(found)}")
        return found

    def optional_text(self, key: str) -> str | None:
        """A text, or None."""
        found = self._values.get(key)
        if found is None or isinstance(found, str):
            return found
        self.note(key)
        return _as_text(found)

    def text(self, key: str) -> str:
        """A text; empty if there is none."""
        return self.optional_text(key) or ""

    def number(self, key: str, absent: float = -1.0) -> float:
        """A finite number."""
        found = self._values.get(key)
        if found is None:
            return absent
        number = _as_number(found)
        if number is None or isinstance(found, str):
            self.note(key)
        return absent if number is None else number

    def integer(self, key: str, absent: int = -1) -> int:
        """A number, its fraction dropped (some exporters write ``200.0``)."""
        return int(self.number(key, absent))

    def object(self, key: str) -> Fields:
        """An object; an empty one if there is none."""
        found = self._values.get(key)
        if found is not None and not isinstance(found, dict):
            self.note(key)
            found = None
        return Fields({} if found is None else found, self.place(key), self.odd)

    def objects(self, key: str) -> Iterator[Fields]:
        """The objects of a list; none if there is no list."""
        found = self._values.get(key)
        if found is not None and not isinstance(found, list):
            self.note(key)
            return
        for index, one in enumerate(cast("list[object]", found or [])):
            if isinstance(one, dict):
                yield Fields(one, f"{self.place(key)}[{index}]", self.odd)
            else:
                self.note(f"{key}[{index}]")


def _as_text(value: object) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value) if value.bit_length() < 4 * _MAX_DIGITS else None
    return str(value) if isinstance(value, float) and math.isfinite(value) else None


def _as_number(value: object) -> float | None:
    if isinstance(value, str) and len(value) <= _MAX_DIGITS:
        try:
            value = float(value)
        except ValueError:
            return None
    if type(value) is not int and type(value) is not float:
        return None
    # The order matters: an integer may be too large for a float.
    return float(value) if abs(value) <= _MOST else None


def _kind(value: object) -> str:
    return _KINDS.get(type(value), type(value).__name__)
