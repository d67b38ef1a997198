"""One JSON object of a HAR, read field by field. ``null`` counts as absent; another type than expected is an error."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Final, TypeVar, cast

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
_T = TypeVar("_T")


class Fields:
    """The fields of one object.

    Args:
        value: What should be the object.
        where: Its place in the file.

    Raises:
        HarFieldError: It is no object.
    """

    def __init__(self, value: object, where: str) -> None:
        if not isinstance(value, dict):
            raise HarFieldError(f"expected an object, found {_kind(value)}", where)
        self._values = cast("Mapping[str, object]", value)
        self.where = where

    def __contains__(self, key: str) -> bool:
        return self._values.get(key) is not None

    def place(self, key: str) -> str:
        """The place of one of its fields."""
        return f"{self.where}.{key}"

    def wrong(self, key: str, problem: str) -> HarFieldError:
        """The error for one of its fields."""
        return HarFieldError(problem, self.place(key))

    def raw(self, key: str) -> object:
        """Whatever is there, or None."""
        return self._values.get(key)

    def text(self, key: str, absent: str | None = None) -> str:
        """A text; without a value for when it is absent, it must be there."""
        found = self._get(key, str, absent)
        if found is None:
            raise HarFieldError(f"the field `{key}` is missing", self.where)
        return found

    def optional_text(self, key: str) -> str | None:
        """A text, or None."""
        return self._get(key, str, None)

    def number(self, key: str, absent: float = -1.0) -> float:
        """A finite number."""
        found = self._values.get(key)
        if found is None:
            return absent
        if type(found) is not int and type(found) is not float:
            raise self.wrong(key, f"expected a number, found {_kind(found)}")
        if not math.isfinite(found) or abs(found) > _MOST:
            raise self.wrong(key, "this number is no time, size or code")
        return float(found)

    def integer(self, key: str, absent: int = -1) -> int:
        """A number, its fraction dropped (some exporters write ``200.0``)."""
        return int(self.number(key, absent))

    def object(self, key: str) -> Fields:
        """An object; an empty one if it is absent."""
        found = self._values.get(key)
        return Fields({} if found is None else found, self.place(key))

    def objects(self, key: str) -> Iterator[Fields]:
        """The objects of a list; none if it is absent."""
        for index, one in enumerate(self._get(key, list, None) or ()):
            yield Fields(one, f"{self.place(key)}[{index}]")

    def _get(self, key: str, kind: type[_T], absent: _T | None) -> _T | None:
        found = self._values.get(key)
        if found is None:
            return absent
        if not isinstance(found, kind):
            raise self.wrong(key, f"expected {_KINDS[kind]}, found {_kind(found)}")
        return found


def _kind(value: object) -> str:
    return _KINDS.get(type(value), type(value).__name__)
