"""Finds the places in which two JSON values differ."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast

from harness.framing.json_values import NOT_JSON, parse_json
from harness.match.encoded_texts import opened_base64
from harness.match.places import Place


class _Nothing:
    def __repr__(self) -> str:
        return "(absent)"


ABSENT: Final = _Nothing()
"""Marks that one side has no value."""


@dataclass(frozen=True, slots=True)
class RawDifference:
    """One difference, as raw values; show it through a mask only.

    Attributes:
        path: Such as ``content[1].text``.
        recorded: The recorded value, or `ABSENT`.
        actual: The actual value, or `ABSENT`.
        secret: Whether it is at a place of secrets.
        note: Why it differs, where the values do not show it.
    """

    path: str
    recorded: object
    actual: object
    secret: bool = False
    note: str = ""


Leaf = Callable[[str, "Place | None", object, object], "RawDifference | None"]
"""Compares two values that are not both objects or both arrays."""
Renamed = Callable[[Sequence[str], Sequence[str]], Mapping[str, str]]
"""Takes the names that only the recorded and only the actual object has; returns which stand for each other."""


@dataclass(frozen=True, slots=True)
class _Pair:
    path: str
    place: Place | None
    recorded: object
    actual: object


@dataclass(frozen=True, slots=True)
class _Fields:
    """The two functions that decide how the fields of two JSON objects are compared; see `structural_findings`."""

    place_of: Callable[[str], Place | None]
    renamed: Renamed


def structural_findings(
    path: str,
    recorded: object,
    actual: object,
    *,
    place_of: Callable[[str], Place | None],
    leaf: Leaf,
    renamed: Renamed,
) -> Iterator[RawDifference]:
    """The differences of two JSON values in document order, however deep they are.

    Args:
        path: Of both values; ``""`` for the root of a message.
        recorded: The recorded value, parsed.
        actual: The actual one.
        place_of: Returns the place of a field's name; a field's whole content belongs to its place.
        leaf: Compares two values that are not both objects or both arrays, and the names of renamed fields.
        renamed: Returns which fields have another name in the actual object.
    """
    fields = _Fields(place_of, renamed)
    waiting = [_Pair(path, None, recorded, actual)]
    while waiting:
        pair = waiting.pop()
        inner = _inner(pair, fields)
        if inner is not None:
            inner.reverse()
            waiting += inner
            continue
        finding = leaf(pair.path, pair.place, pair.recorded, pair.actual)
        if finding is not None:
            yield finding


def _inner(pair: _Pair, fields: _Fields) -> list[_Pair] | None:
    if isinstance(pair.recorded, dict) and isinstance(pair.actual, dict):
        return _fields(pair, cast("dict[str, object]", pair.recorded), cast("dict[str, object]", pair.actual), fields)
    if isinstance(pair.recorded, list) and isinstance(pair.actual, list):
        return _items(pair, cast("list[object]", pair.recorded), cast("list[object]", pair.actual))
    if isinstance(pair.recorded, str) and isinstance(pair.actual, str) and pair.place is None:
        return _nested(pair, pair.recorded, pair.actual)
    return None


def _nested(pair: _Pair, left: str, right: str) -> list[_Pair] | None:
    """The values to compare in place of two strings that both hold JSON, or that both are base64 of JSON or of a mail.

    None if one of them does not.
    """
    if left == right:
        return None
    opened = opened_base64(left), opened_base64(right)
    if opened[0] is not None and opened[1] is not None:
        return [_Pair(pair.path, None, *opened)]
    if not left.startswith(("{", "[")) or not right.startswith(("{", "[")):
        return None
    inner = parse_json(left.encode("utf-8", "surrogatepass")), parse_json(right.encode("utf-8", "surrogatepass"))
    return None if NOT_JSON in inner else [_Pair(pair.path, None, *inner)]


def _fields(pair: _Pair, left: dict[str, object], right: dict[str, object], fields: _Fields) -> list[_Pair]:
    prefix = f"{pair.path}." if pair.path else ""
    if left.keys() == right.keys():
        renamed: Mapping[str, str] = {}
        names = list(left)
    else:
        renamed = fields.renamed([name for name in left if name not in right], [n for n in right if n not in left])
        taken = set(renamed.values())
        names = [*left, *(name for name in right if name not in left and name not in taken)]
    found: list[_Pair] = []
    for name in names:
        place, other = fields.place_of(name) or pair.place, renamed.get(name, name)
        if other != name:
            found.append(_Pair(prefix + name, None, name, other))
        found.append(_Pair(prefix + name, place, left.get(name, ABSENT), right.get(other, ABSENT)))
    return found


def _items(pair: _Pair, left: list[object], right: list[object]) -> list[_Pair]:
    return [
        _Pair(
            f"{pair.path}[{i}]",
            pair.place,
            left[i] if i < len(left) else ABSENT,
            right[i] if i < len(right) else ABSENT,
        )
        for i in range(max(len(left), len(right)))
    ]


def strings_at_places(value: object, place_of: Callable[[str], Place | None]) -> Iterator[tuple[Place, str]]:
    """Every string of a JSON value that is at a place of the profile, with that place."""
    waiting: list[tuple[Place | None, object]] = [(None, value)]
    while waiting:
        place, current = waiting.pop()
        if isinstance(current, dict):
            fields = cast("dict[str, object]", current)
            waiting += [(place_of(name) or place, inner) for name, inner in fields.items()]
        elif isinstance(current, list):
            waiting += [(place, inner) for inner in cast("list[object]", current)]
        elif place is not None and isinstance(current, str):
            yield place, current
