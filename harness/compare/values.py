"""`ValueDiff`: the places where JSON values differ.

A volatile value may differ as long as it always corresponds to the same other one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?")
_OPAQUE: Final = re.compile(r"(?=[^\s]*[0-9A-Z_-])[A-Za-z0-9_.:-]{8,256}")
_LOCAL: Final = re.compile(r"(https?://(?:127\.0\.0\.1|localhost|\[::1\])):\d{1,5}(/[^\s]*)?")
_MOST_DEPTH: Final = 40
_ABSENT: Final = "absent"


class Absent:
    """Marks a value that one side does not have."""


class ValueDiff:
    """Compares the values of two recordings, in the order of the session.

    Args:
        exact: Whether ids and times are compared, too.
    """

    def __init__(self, *, exact: bool) -> None:
        self._exact = exact
        self._stands_for: dict[str, str] = {}
        self._stood_for: dict[str, str] = {}

    def values(self, path: str, one: object, other: object, depth: int) -> Iterator[tuple[str, str, str]]:
        """Path, first and second value of each place that differs; each value as text."""
        if type(one) is type(other) and one == other and (isinstance(one, str) or repr(one) == repr(other)):
            return  # in Python [False] equals [0], and in JSON it does not
        if depth < _MOST_DEPTH and isinstance(one, dict) and isinstance(other, dict):
            mine, yours = mapping(one), mapping(other)
            for name in dict.fromkeys((*mine, *yours)):
                below = f"{path}.{name}" if path else name
                yield from self.values(below, mine.get(name, Absent), yours.get(name, Absent), depth + 1)
        elif depth < _MOST_DEPTH and isinstance(one, list) and isinstance(other, list):
            yield from self._lists(path, cast("list[object]", one), cast("list[object]", other), depth)
        elif self._exact or not self._alike(one, other):
            yield path, shown(one), shown(other)

    def _lists(self, path: str, one: list[object], other: list[object], depth: int) -> Iterator[tuple[str, str, str]]:
        for index in range(max(len(one), len(other))):
            sides = [side[index] if index < len(side) else Absent for side in (one, other)]
            yield from self.values(f"{path}[{index}]", sides[0], sides[1], depth + 1)

    def _alike(self, one: object, other: object) -> bool:
        """Whether two texts have the same format of a volatile value, and always correspond to each other."""
        if not (isinstance(one, str) and isinstance(other, str)):
            return False
        if _TIME.fullmatch(one) and _TIME.fullmatch(other):
            return True
        local = [_LOCAL.fullmatch(each) for each in (one, other)]
        if local[0] and local[1]:
            return local[0].groups() == local[1].groups()  # a local server, on another port
        for kind in (_UUID, _OPAQUE):
            if kind.fullmatch(one) and kind.fullmatch(other):
                return (
                    self._stands_for.setdefault(one, other) == other and self._stood_for.setdefault(other, one) == one
                )
        return False


def mapping(value: object) -> Mapping[str, Any]:
    """The same value, typed as a JSON object; the caller has checked that it is one."""
    return cast("Mapping[str, Any]", value)


def shown(value: object) -> str:
    """The value as JSON; ``absent`` for `Absent`."""
    return _ABSENT if value is Absent else json.dumps(value, ensure_ascii=False)
