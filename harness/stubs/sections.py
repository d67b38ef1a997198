"""`Section`: a mapping of a file of stubs, read key by key; every error names file, line and key."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final, NoReturn, TypeVar, cast

from harness.printable import one_line
from harness.stubs.errors import StubError, StubFileError

Value = TypeVar("Value")
_NAMES: Final[Mapping[type, str]] = {
    str: "a text",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    dict: "a mapping",
    list: "a list",
}
_MISSING: Final = object()


class Source:
    """A file, for error texts.

    Args:
        name: Of the file.
        line_of: Returns the line of a key by its path, such as ``stubs[0].reply.status``; None if unknown.
    """

    def __init__(self, name: str, line_of: Callable[[str], int | None]) -> None:
        self._name = name
        self._line_of = line_of

    def fail(self, where: str, problem: str) -> NoReturn:
        """Raise the error for a file that is invalid at a place.

        Raises:
            StubFileError: Always; the text is ``stubs.yaml:3: stubs[0].on: problem``.
        """
        line = self._line_of(where)
        place = self._name if line is None else f"{self._name}:{line}"
        raise StubFileError(": ".join(part for part in (one_line(place, 400), one_line(where), problem) if part))


class Section:
    """One mapping of the file.

    Args:
        source: The file.
        value: The mapping.
        where: Its path.
        known: The keys that it may have.

    Raises:
        StubError: It is no mapping, or has another key.
    """

    def __init__(self, source: Source, value: object, where: str, known: Sequence[str]) -> None:
        self._source = source
        self.where = where
        if not isinstance(value, dict):
            source.fail(where, f"expected a mapping with the keys {', '.join(known)}")
        self._values = cast("dict[str, Any]", value)
        for key in self._values:
            if key not in known:
                meant = get_close_matches(key, known, n=1)
                hint = f"did you mean {meant[0]!r}? Expected" if meant else "expected"
                source.fail(self.path(key), f"unknown key: {hint} one of {', '.join(known)}")

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def __getitem__(self, key: str) -> Any:
        return self._values[key]

    def value(self, key: str, default: object) -> object:
        """The value of a key, of any kind."""
        return self._values.get(key, default)

    def path(self, key: str) -> str:
        """A key's path in the file, such as ``stubs[0].reply.status``."""
        return ".".join(part for part in (self.where, key) if part)

    def fail(self, key: str, problem: str) -> NoReturn:
        """Raise the error for a file that is invalid at a key of this mapping.

        Raises:
            StubError: Always.
        """
        self._source.fail(self.path(key), problem)

    def get(self, key: str, kind: type[Value], default: Value | None = None) -> Value:
        """The value of a key.

        Args:
            key: The key.
            kind: str, bool, int, float (which takes whole numbers, too), dict or list.
            default: The value without the key; None if the key has to be there.

        Raises:
            StubError: The value has another kind, or is missing.
        """
        value: Any = self._values.get(key, _MISSING)
        if value is _MISSING:
            if default is None:
                self._source.fail(self.where, f"the key {key!r} is missing: expected {_NAMES[kind]}")
            return default
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            self.fail(key, f"expected {_NAMES[kind]}")
        return value

    def section(self, key: str, known: Sequence[str]) -> Section:
        """The mapping under a key, as a `Section` with these known keys."""
        return Section(self._source, self._values[key], self.path(key), known)

    def sections(self, key: str, known: Sequence[str]) -> list[Section]:
        """The list of mappings under a key, each as a `Section` with these known keys."""
        found = self.get(key, list)
        return [Section(self._source, each, f"{self.path(key)}[{number}]", known) for number, each in enumerate(found)]

    def made(self, key: str, make: Callable[[], Value]) -> Value:
        """Call a function that makes something of a key's value, and return its result.

        Raises:
            StubError: The function raises one; file, line and key are added to its text.
        """
        try:
            return make()
        except StubFileError:
            raise
        except StubError as error:
            self.fail(key, str(error))
