"""JSON texts as values, and the places in which two of them differ."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, cast

import msgspec

from harness.match.places import Place


class _Nothing:
    def __repr__(self) -> str:
        return "(absent)"


NOT_JSON: Final = _Nothing()
ABSENT: Final = _Nothing()
"""Stands where one side has no value at all."""

_decode = msgspec.json.Decoder().decode
_OPENINGS = (b"{", b"[")


def parse_json(raw: bytes) -> Any:
    """The JSON object or array of a text; `NOT_JSON` for every other text, scalars too: those compare as they stand."""
    if not raw.lstrip(b" \t\r\n").startswith(_OPENINGS):
        return NOT_JSON
    try:
        return _decode(raw)
    except RecursionError:
        return NOT_JSON
    except (msgspec.DecodeError, UnicodeError):
        return _parse_tolerantly(raw)


def _parse_tolerantly(raw: bytes) -> Any:
    # Lone surrogates, escaped, are legal JSON that msgspec refuses.
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return NOT_JSON


@dataclass(frozen=True, slots=True)
class RawDifference:
    """One difference, as raw values: never shown without a mask.

    Attributes:
        path: Such as ``content[1].text``.
        recorded: What was recorded, or `ABSENT`.
        actual: What came, or `ABSENT`.
        secret: It stands in a secret's place.
        note: Why it differs, where the values alone do not say it.
    """

    path: str
    recorded: object
    actual: object
    secret: bool = False
    note: str = ""


Leaf = Callable[[str, "Place | None", object, object], "RawDifference | None"]
"""Compares two values that are not both objects or both arrays."""


@dataclass(frozen=True, slots=True)
class _Pair:
    path: str
    place: Place | None
    recorded: object
    actual: object


def structural_findings(
    path: str, recorded: object, actual: object, *, place_of: Callable[[str], Place | None], leaf: Leaf
) -> Iterator[RawDifference]:
    """The differences of two JSON values in document order, however deep they are.

    Args:
        path: Where they stand; ``""`` for the root of a message.
        recorded: One value, parsed.
        actual: The other.
        place_of: The place of a field's name; what is inside of a place belongs to it.
        leaf: Compares what is left.
    """
    waiting = [_Pair(path, None, recorded, actual)]
    while waiting:
        pair = waiting.pop()
        inner = _inner(pair, place_of)
        if inner is not None:
            inner.reverse()
            waiting += inner
            continue
        finding = leaf(pair.path, pair.place, pair.recorded, pair.actual)
        if finding is not None:
            yield finding


def _inner(pair: _Pair, place_of: Callable[[str], Place | None]) -> list[_Pair] | None:
    if isinstance(pair.recorded, dict) and isinstance(pair.actual, dict):
        return _fields(pair, cast("dict[str, object]", pair.recorded), cast("dict[str, object]", pair.actual), place_of)
    if isinstance(pair.recorded, list) and isinstance(pair.actual, list):
        return _items(pair, cast("list[object]", pair.recorded), cast("list[object]", pair.actual))
    if isinstance(pair.recorded, str) and isinstance(pair.actual, str) and pair.place is None:
        return _nested(pair, pair.recorded, pair.actual)
    return None


def _nested(pair: _Pair, left: str, right: str) -> list[_Pair] | None:
    """JSON texts inside of strings compare as JSON: secrets and ids stand there too."""
    if left == right or not left.startswith(("{", "[")) or not right.startswith(("{", "[")):
        return None
    inner = parse_json(left.encode("utf-8", "surrogatepass")), parse_json(right.encode("utf-8", "surrogatepass"))
    return None if NOT_JSON in inner else [_Pair(pair.path, None, *inner)]


def _fields(
    pair: _Pair, left: dict[str, object], right: dict[str, object], place_of: Callable[[str], Place | None]
) -> list[_Pair]:
    prefix = f"{pair.path}." if pair.path else ""
    names = left if left.keys() == right.keys() else dict.fromkeys((*left, *right))
    return [
        _Pair(prefix + name, place_of(name) or pair.place, left.get(name, ABSENT), right.get(name, ABSENT))
        for name in names
    ]


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
    """Every string of a JSON value that stands at a place, with that place."""
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
