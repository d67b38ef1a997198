"""Mutations of JSON by value: random bytes seldom make another valid document."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from typing import Any

_VALUES = (
    *(0, -1, 2**31, 2**63, 2**64, -(2**63), 10**30, 1.5, 1e308, float("nan"), float("inf"), None, True),
    *("", "a\nb", "a: b", "\ud83d", "\x00", "é", "x" * 500, [], {}, [[]], [None], {"a": 1}),
    *("9999-12-31T23:59:59Z", "https://[::1", "https://service.example:99999/", "base64", "websocket", "cut", "eof"),
)


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield (*path, key)
        yield from _paths(child, (*path, key))


def _change(value: Any, chance: random.Random) -> None:
    """Replace, delete or repeat one value within a document."""
    paths = list(_paths(value))
    if not paths:
        return
    *above, key = chance.choice(paths)
    for each in above:
        value = value[each]
    kind = chance.random()
    if kind < 0.7:
        value[key] = copy.deepcopy(chance.choice(_VALUES))
    elif kind < 0.85 or isinstance(value, dict):
        del value[key]
    else:
        value.insert(key, copy.deepcopy(value[key]))


def mutated(data: bytes, seed: int) -> bytes | None:
    """Lines of JSON with one value changed, or two lines exchanged; None if a line is not JSON."""
    chance = random.Random(seed)
    lines = data.split(b"\n")
    index = chance.randrange(len(lines))
    if len(lines) > 2 and chance.random() < 0.2:
        other = chance.randrange(len(lines))
        lines[index], lines[other] = lines[other], lines[index]
        return b"\n".join(lines)
    try:
        value = json.loads(lines[index])
        _change(value, chance)
        lines[index] = json.dumps(value).encode()
    except (ValueError, RecursionError):
        return None
    return b"\n".join(lines)
