"""Expected values: equal, or described by `like`, `containing`, a regular expression or ``unittest.mock.ANY``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final, NamedTuple, cast


class _Absent:
    def __repr__(self) -> str:
        return "(absent)"


ABSENT: Final = _Absent()
"""Marks a value that is not there: what a condition does not name, and what a client did not send."""
_DEEPEST: Final = 60


@dataclass(frozen=True, slots=True)
class Like:
    """Expected value: any text that a shell pattern matches; see `like`."""

    pattern: str

    def __str__(self) -> str:
        return f"like {self.pattern!r}"


@dataclass(frozen=True, slots=True)
class Containing:
    """Expected value: any JSON that has these fields; see `containing`."""

    value: object


def like(pattern: str) -> Like:
    """Any text that a shell pattern matches as a whole: ``*`` any characters, ``?`` one, ``[ab]`` one of these."""
    return Like(pattern)


def containing(value: object) -> Containing:
    """Any JSON that has these fields with these values, at any depth; it may have others.

    Lists are compared item by item, and must be equally long.
    """
    return Containing(value)


class ValueDifference(NamedTuple):
    """A place, and the expected and the actual value that differ there; unmasked, so a report must mask them."""

    place: str
    expected: object
    actual: object


def differences(place: str, expected: object, actual: object) -> Iterator[ValueDifference]:
    """The places in which an actual value differs from an expected one.

    Args:
        place: Name of both values, such as ``body``; the name of an inner value is ``body.items[0].id``.
        expected: A JSON value, or a description of one, which may stand at any depth.
        actual: A JSON value; `ABSENT` if there is none.
    """
    yield from _differences(place, expected, actual, partly=False, depth=0)


def _differences(
    place: str, expected: object, actual: object, *, partly: bool, depth: int
) -> Iterator[ValueDifference]:
    if isinstance(expected, Containing):
        expected, partly = expected.value, True
    if isinstance(expected, Mapping) and isinstance(actual, Mapping) and depth < _DEEPEST:
        left, right = cast("Mapping[str, object]", expected), cast("Mapping[str, object]", actual)
        names = [*left] if partly else [*left, *(name for name in right if name not in left)]
        for name in names:
            yield from _differences(
                f"{place}.{name}", left.get(name, ABSENT), right.get(name, ABSENT), partly=partly, depth=depth + 1
            )
    elif _is_list(expected) and _is_list(actual) and depth < _DEEPEST:
        yield from _items(
            place, cast("Sequence[object]", expected), cast("Sequence[object]", actual), partly=partly, depth=depth
        )
    elif not _matches(expected, actual):
        yield ValueDifference(place, expected, actual)


def _items(
    place: str, left: Sequence[object], right: Sequence[object], *, partly: bool, depth: int
) -> Iterator[ValueDifference]:
    for number in range(max(len(left), len(right))):
        one = left[number] if number < len(left) else ABSENT
        other = right[number] if number < len(right) else ABSENT
        yield from _differences(f"{place}[{number}]", one, other, partly=partly, depth=depth + 1)


def _is_list(value: object) -> bool:
    return isinstance(value, (list, tuple))


def _matches(expected: object, actual: object) -> bool:
    if isinstance(expected, Like):
        return isinstance(actual, str) and fnmatchcase(actual, expected.pattern)
    if isinstance(expected, re.Pattern):
        pattern = cast("re.Pattern[str]", expected)
        return isinstance(actual, str) and pattern.fullmatch(actual) is not None
    if isinstance(expected, bool) or isinstance(actual, bool):
        # JSON's true is not 1; `ANY` stays equal to both.
        return expected == actual and (isinstance(expected, bool) == isinstance(actual, bool) or _is_any(expected))
    return actual is not ABSENT and bool(expected == actual)


def _is_any(expected: object) -> bool:
    return not isinstance(expected, (int, float))


class Words(str):
    """A description of an expected value in words, which reports show without quotes."""

    __slots__ = ()


def described(expected: object) -> object:
    """An expected value in a form that reports show: a JSON value, or `Words` for `like` and regular expressions."""
    if isinstance(expected, Containing):
        return described(expected.value)
    if isinstance(expected, re.Pattern):
        return Words(f"like /{cast('re.Pattern[str]', expected).pattern}/")
    return Words(expected) if isinstance(expected, Like) else expected
