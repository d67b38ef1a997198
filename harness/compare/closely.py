"""Comparisons for ``closely`` only: the order of keys, and running numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Final, TypeAlias, cast

from harness.cassette.model import Line
from harness.compare.json_fields import parsed, shown

_MOST_DEPTH: Final = 40
_NUMBER: Final = re.compile(r"([0-9]{1,9})(\.[0-9]{1,9})?")
_MOST_SHOWN: Final = 12

Orders: TypeAlias = dict[str, dict[tuple[str, ...], None]]
"""Path of an object -> the orders of its keys that occur."""


def orders_of(values: Iterable[object]) -> Orders:
    """For each path of an object in these values: the orders in which its keys occur."""
    orders: Orders = {}
    for value in values:
        _walk(orders, "", value, 0)
    return orders


def _walk(orders: Orders, path: str, value: object, depth: int) -> None:
    if depth >= _MOST_DEPTH:
        return
    if isinstance(value, dict):
        fields = cast("Mapping[str, object]", value)
        orders.setdefault(path, {})[tuple(fields)] = None
        for name, inner in fields.items():
            _walk(orders, f"{path}/{name.replace('/', '~1')}", inner, depth + 1)
    elif isinstance(value, list):
        for inner in cast("Sequence[object]", value):
            _walk(orders, f"{path}[]", inner, depth + 1)


def reordered(recorded: Orders, fresh: Orders) -> Iterator[tuple[str, str, str]]:
    """Path and both orders of each object in which two keys are swapped that always had the same order."""
    for path, orders in recorded.items():
        turned = {pair[::-1] for pair in _pairs(orders)} - _pairs(orders)
        for order in fresh.get(path, ()):
            if not turned.isdisjoint(combinations(order, 2)):
                yield shown(path), _listed(next(iter(orders))), _listed(order)
                break


def _pairs(orders: Iterable[tuple[str, ...]]) -> set[tuple[str, ...]]:
    """Every pair of keys of one object, in the order in which the object has them."""
    return {pair for order in orders for pair in combinations(order, 2)}


def _listed(order: Sequence[str]) -> str:
    more = ", .." if len(order) > _MOST_SHOWN else ""
    return ", ".join(order[:_MOST_SHOWN]) + more


def numbering(messages: Iterable[Line], field: str) -> str:
    """How the service numbers its messages in that field: ``from 0``, ``from 0, then 2 for 1``, ``none``.

    Numbers with a fraction belong to messages out of turn, and do not count.
    """
    numbers = [each for each in (_number(line, field) for line in messages if line.direction == "<") if each]
    counted = [each for each in numbers if "." not in each]
    if not counted:
        return "none"
    first = counted[0]
    for expected, number in enumerate(counted, int(first) if first.isdigit() else 0):
        if number != str(expected):
            return f"from {first}, then {number} for {expected}"
    return f"from {first}" + (", some apart" if len(counted) < len(numbers) else "")


def _number(line: Line, field: str) -> str:
    """The number of a message; ``?`` if the field is not a number, empty if the message is not an object."""
    value: object = parsed(line.data) if line.kind == "text" else None
    if not isinstance(value, dict):
        return ""
    number = cast("Mapping[str, object]", value).get(field)
    return number if isinstance(number, str) and _NUMBER.fullmatch(number) else "?"
