"""`MappingFields`: checks one mapping of a cassette key by key, and names the path of each invalid key."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any, Final

from harness.cassette.errors import FieldError, UnknownFieldError
from harness.printable import one_line

MAX_SECONDS: Final = 1_000_000_000
_MISSING: Final = object()
_KINDS: Final[dict[type, str]] = {
    str: "text",
    int: "a whole number",
    float: "a number with a fraction",
    bool: "true or false",
    dict: "a mapping",
    list: "a list",
    type(None): "nothing",
}


def kind_of(value: object) -> str:
    """The kind of a value in words, such as ``a list``, for errors that must not show the value."""
    return _KINDS.get(type(value), type(value).__name__)


class MappingFields:
    """The keys of one mapping.

    Args:
        value: The value, which must be a mapping.
        where: Its path.
        known: The keys that it may have.

    Raises:
        FieldError: The value is not a mapping.
        UnknownFieldError: The mapping has an unknown key.
    """

    def __init__(self, value: object, where: str, known: Sequence[str]) -> None:
        if not isinstance(value, Mapping):
            raise FieldError(f"expected a mapping, found {kind_of(value)}", where)
        self._values: Mapping[str, Any] = value
        self._where = where
        for key in self._values:
            if key not in known:
                raise UnknownFieldError(f"unknown key{_hint(str(key), known)}", self.path(str(key)))

    def path(self, key: str) -> str:
        """The path of one of the keys."""
        return f"{self._where}.{key}" if self._where else key

    def wrong(self, key: str, problem: str) -> FieldError:
        """Make (not raise) an error that names the path of one of the keys."""
        return FieldError(problem, self.path(key))

    def missing(self, problem: str) -> FieldError:
        """Make (not raise) an error that names the path of the mapping, because a key is missing in it."""
        return FieldError(problem, self._where)

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def value(self, key: str) -> Any:
        """The value of a required key, of any kind."""
        found = self._values.get(key, _MISSING)
        if found is _MISSING:
            raise FieldError(f"the key `{key}` is missing", self._where)
        return found

    def _of(self, key: str, kind: type) -> Any:
        found = self.value(key)
        if type(found) is not kind:
            quotes = " (put it in quotes)" if kind is str and type(found) in {int, float, bool} else ""
            raise self.wrong(key, f"expected {_KINDS[kind]}, found {kind_of(found)}{quotes}")
        return found

    def text(self, key: str) -> str:
        """The value of a required key, a text."""
        return self._of(key, str)

    def integer(self, key: str) -> int:
        """The value of a required key, a whole number."""
        return self._of(key, int)

    def boolean(self, key: str) -> bool:
        """The value of a required key, true or false."""
        return self._of(key, bool)

    def items(self, key: str) -> list[Any]:
        """The value of a required key, a list."""
        return self._of(key, list)

    def mapping(self, key: str, known: Sequence[str]) -> MappingFields:
        """The value of a required key, a mapping with these known keys."""
        return MappingFields(self.value(key), self.path(key), known)

    def choice(self, key: str, choices: Sequence[str]) -> Any:
        """The value of a required key, one of the choices."""
        found = self.text(key)
        if found not in choices:
            raise self.wrong(key, f"expected {', '.join(choices[:-1])} or {choices[-1]}{_hint(found, choices)}")
        return found

    def microseconds(self, key: str) -> int:
        """Whole microseconds of a required key that holds seconds with at most six decimals."""
        found = self.value(key)
        if type(found) not in {int, float}:
            raise self.wrong(key, f"expected seconds such as 0.250000, found {kind_of(found)}")
        if not 0 <= found < MAX_SECONDS:
            raise self.wrong(key, f"expected seconds from 0 to below {MAX_SECONDS}")
        time = round(found * 1_000_000)
        if time / 1_000_000 != found:
            raise self.wrong(key, "seconds have at most six digits after the point")
        return time


def _hint(found: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(found[:60], known, n=1)
    return f" (did you mean `{near[0]}`?)" if near else f"; known: {one_line(', '.join(known))}"
