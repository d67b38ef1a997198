"""Which fields of a socket's messages tell the time by a clock that began with the client's program.

JavaScript's ``performance.now()`` counts milliseconds since a page was opened, Python's ``time.monotonic()`` seconds
since some moment. One such number may be anything, such as a place in a film. Several show what they are: each differs
from the one before by the time that passed between their messages.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final, cast

from harness.framing.json_values import NOT_JSON, parse_json
from harness.match.made_up import is_fine

_UNITS: Final = (1e3, 1e6)
"""Microseconds in a millisecond, and in a second."""
_NAMES: Final = re.compile(
    r"(?:.*_)?(?:[a-z]?ts?|t\d|time|times?tamp|stamp|clock|now|sent|start|started|at|perf|uptime|elapsed)"
)
"""Names of times, in snake case."""
_CAPITAL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SLACK: Final = 10_000
_SHARE: Final = 0.1
"""How much an interval may differ from that of the messages: microseconds, or a share of it, whichever is more."""
_LONG: Final = 1_000_000
_EXACT: Final = 0.05
"""The share for fields whose name tells no time, and how many microseconds their messages have to take."""
_MOST_DEPTH: Final = 8
_MOST_MESSAGES: Final = 200


def find_own_clocks(sent: Iterable[tuple[int, bytes]]) -> frozenset[str]:
    """The paths of fields that tell the time by the client's own clock.

    Args:
        sent: When each message of the client was sent, in microseconds, and the message.
    """
    seen: dict[str, list[tuple[int, float]]] = {}
    for number, (moment, payload) in enumerate(sent):
        if number >= _MOST_MESSAGES:
            break
        value = parse_json(payload)
        for path, fine in () if value is NOT_JSON else _fine_numbers(value, "", 0):
            seen.setdefault(path, []).append((moment, fine))
    return frozenset(path for path, moments in seen.items() if _is_clock(path, moments))


def _is_clock(path: str, moments: Sequence[tuple[int, float]]) -> bool:
    if len(moments) < 2 or any(one[1] > other[1] for one, other in pairwise(moments)):
        return False
    name = re.sub(r"\[\d+\]", "", path).rpartition(".")[2]
    if _NAMES.fullmatch(_CAPITAL.sub("_", name).lower()):
        return any(all(_agrees(*pair, unit, _SHARE, _SLACK) for pair in pairwise(moments)) for unit in _UNITS)
    if len(moments) < 3 or moments[-1][0] - moments[0][0] < _LONG:
        return False
    return any(all(_agrees(*pair, unit, _EXACT, 0) for pair in pairwise(moments)) for unit in _UNITS)


def _agrees(one: tuple[int, float], other: tuple[int, float], unit: float, share: float, slack: int) -> bool:
    passed = other[0] - one[0]
    return abs((other[1] - one[1]) * unit - passed) <= max(slack, share * passed)


def _fine_numbers(value: object, path: str, depth: int) -> Iterator[tuple[str, float]]:
    if isinstance(value, float):
        if is_fine(value):
            yield path, value
    elif depth >= _MOST_DEPTH:
        return
    elif isinstance(value, dict):
        for name, inner in cast("dict[str, object]", value).items():
            yield from _fine_numbers(inner, f"{path}.{name}" if path else name, depth + 1)
    elif isinstance(value, list):
        for at, inner in enumerate(cast("list[object]", value)):
            yield from _fine_numbers(inner, f"{path}[{at}]", depth + 1)
