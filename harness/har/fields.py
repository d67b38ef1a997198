"""One JSON object of a HAR, read field by field.

Exporters differ in the types of values. ``null`` counts as absent. A value of another type is converted where its
meaning is plain (``"200"`` to a number, ``12`` to text), and counts as absent otherwise. Both cases are noted for the
report.
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
"""Above any time or size in a HAR."""
_MAX_DIGITS: Final = 40


class Fields:
    """The fields of one object.

    Args:
        value: The expected object.
        where: Its path in the file.
        odd: Receives the path of each field of an unexpected type, in this object and nested ones.

    Raises:
        HarFieldError: The value is not an object.
    """

    def __init__(self, value: object, where: str, odd: list[str] | None = None) -> None:
        if not isinstance(value, dict):
            raise HarFieldError(f"expected an object, found {_kind(value)}", where)
        self._values = cast("Mapping[str, object]", value)
        self.where = where
        self.odd: list[str] = [] if odd is None else odd

    def place(self, key: str) -> str:
        """The path of a field in the file, for errors."""
        return f"{self.where}.{key}"

    def wrong(self, key: str, problem: str) -> HarFieldError:
        """Make (not raise) an error that names the path of a field."""
        return HarFieldError(problem, self.place(key))

    def note(self, key: str) -> None:
        """Note that a field has an unexpected type."""
        self.odd.append(self.place(key))

    def raw(self, key: str) -> object:
        """The value of a field, of any type; None if it is absent."""
        return self._values.get(key)

    def required_text(self, key: str) -> str:
        """A required text.

        Raises:
            HarFieldError: The field is missing or not a text.
        """
        found = self._values.get(key)
        if found is None:
            raise HarFieldError(f"the field `{key}` is missing", self.where)
        if not isinstance(found, str):
            raise self.wrong(key, f"expected text, found {_kind(found)}")
        return found

    def optional_text(self, key: str) -> str | None:
        """The value of a field as a text; None if it is absent."""
        found = self._values.get(key)
        if found is None or isinstance(found, str):
            return found
        self.note(key)
        return _as_text(found)

    def text(self, key: str) -> str:
        """The value of a field as a text; empty if it is absent."""
        return self.optional_text(key) or ""

    def number(self, key: str, absent: float = -1.0) -> float:
        """The value of a field as a finite number; ``absent`` if it is none."""
        found = self._values.get(key)
        if found is None:
            return absent
        number = _as_number(found)
        if number is None or isinstance(found, str):
            self.note(key)
        return absent if number is None else number

    def integer(self, key: str, absent: int = -1) -> int:
        """The value of a field as a whole number, without a fraction: some exporters write ``200.0``."""
        return int(self.number(key, absent))

    def object(self, key: str) -> Fields:
        """The object in a field; empty if it is absent."""
        found = self._values.get(key)
        if found is not None and not isinstance(found, dict):
            self.note(key)
            found = None
        return Fields({} if found is None else found, self.place(key), self.odd)

    def objects(self, key: str) -> Iterator[Fields]:
        """The objects of the list in a field; none if it is absent."""
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
    # Compare first: an integer may be too large for a float.
    return float(value) if abs(value) <= _MOST else None


def _kind(value: object) -> str:
    return _KINDS.get(type(value), type(value).__name__)
