"""Which field of a socket's messages a client counts up, where no known framing says so.

Home Assistant numbers its messages in ``id``, OBS in ``d.requestId``, SocketCluster in ``cid``, debug adapters in
``seq``. The messages themselves do not show whether such a number counts, or names a thing: ``{"type":"get","id":3}``.
The whole recorded socket does: each number is larger than the one before, the service replies with it, and the
messages say something else besides.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, cast

from harness.framing.json_values import parse_json

_REPLIES: Final = {
    "id": "id", "requestId": "requestId", "req_id": "req_id", "ref": "ref", "callId": "callId", "call_id": "call_id",
    "msgId": "msgId", "msg_id": "msg_id", "cid": "rid", "seq": "request_seq",
}  # fmt: skip
"""Name of a field in which clients count their calls -> the one in which the service replies with the number."""
_NAMES: Final = _REPLIES.keys()
_INNER: Final = frozenset({"requestId", "req_id", "ref"})
"""Those that count in what a message wraps, too; an inner ``id`` is the id of an object, not the number of a call."""
_FEWEST: Final = 3
"""So many numbers make a series."""


@dataclass(slots=True)
class CallNumbers:
    """The numbers that the client of one recorded socket counts up.

    Attributes:
        largest: Path of a field -> the largest number that the client may send there.
        drawn: Numbers of calls that the client draws at random, if it sends those of the recording again.
    """

    largest: dict[str, int] = field(default_factory=dict[str, int])
    drawn: frozenset[int] = frozenset()

    def has(self, path: str) -> bool:
        """Whether the client counts its calls at this path."""
        return _without_index(path) in self.largest

    def replied(self, data: bytes) -> int | None:
        """The number of the client's call to which a message of the service replies; None if it replies to none."""
        if self.drawn:
            drawn = (number for message in _messages([data]) for _, number in _replied(message, _NAMES))
            return next((number for number in drawn if number in self.drawn), None)
        if not self.largest:
            return None
        numbers = (number for message in _messages([data]) for _, number in _replied(message, self.largest))
        return next((number for number in numbers if number is not None), None)

    def count(self, path: str, actual: object) -> bool:
        """Whether a number at this path of a message of the client counts its calls; a larger one is no call of it."""
        number = _number(actual)
        return number is not None and 0 <= number <= self.largest.get(_without_index(path), -1)

    def pairs(self, recorded: bytes, actual: bytes) -> dict[bytes, bytes]:
        """The numbers in which two messages that match differ, as JSON: recorded -> actual."""
        if not self.largest or recorded == actual:
            return {}
        found: dict[bytes, bytes] = {}
        for one, other in zip(_messages([recorded]), _messages([actual]), strict=False):
            theirs = {path: value for path, value, _ in _fields(other)}
            for path, value, _ in _fields(one):
                if path in self.largest and path in theirs and value != theirs[path]:
                    found[json.dumps(value).encode()] = json.dumps(theirs[path]).encode()
        return found


def find_call_numbers(sent: Sequence[bytes], received: Sequence[bytes], beats: Sequence[bytes] = ()) -> CallNumbers:
    """The numbers that a client counts up.

    Args:
        sent: The client's messages, in their order.
        received: The service's messages.
        beats: The client's heartbeats; they are numbered, too, so their varying count decides how large numbers get.
    """
    numbers: dict[str, list[int]] = {}
    rests: dict[str, set[str]] = {}
    for message in _messages(sent):
        for path, value, rest in _fields(message):
            number = _number(value)
            assert number is not None
            numbers.setdefault(path, []).append(number)
            rests.setdefault(path, set()).add(rest)
    series = {path: found for path, found in numbers.items() if _is_series(found) and len(rests[path]) > 1}
    if not series:
        return CallNumbers()
    replied = {found for message in _messages(received) for found in _replied(message, series)}
    numbered = {path for message in _messages(beats) for path, _, _ in _fields(message)}
    return CallNumbers(
        {
            path: sys.maxsize if path in numbered else found[-1]
            for path, found in series.items()
            if 2 * sum((path, number) in replied for number in found) > len(found)
        }
    )


def drawn_numbers(said: Iterable[tuple[str, bytes]], least: int) -> frozenset[int]:
    """Numbers of at least that size that number the client's calls, and not the service's.

    Args:
        said: Direction and payload of all messages, in their order.
        least: Smaller ones are counted, or number things.
    """
    first: dict[int, str] = {}
    for direction, payload in said:
        for message in _messages([payload]):
            for path, value, _ in _fields(message):
                number = _number(value)
                if number is not None and "." not in path:
                    first.setdefault(number, direction)
    return frozenset(number for number, direction in first.items() if direction == ">" and number >= least)


def _replied(message: Mapping[str, object], paths: Iterable[str]) -> Iterator[tuple[str, int | None]]:
    """Path and number of the client's calls to which a message of the service replies."""
    for path in paths:
        outer, dot, name = path.rpartition(".")
        holder = message.get(outer) if dot else message
        if isinstance(holder, dict):
            yield path, _number(cast("dict[str, object]", holder).get(_REPLIES[name]))


def _is_series(found: Sequence[int]) -> bool:
    return len(found) >= _FEWEST and all(one < other for one, other in pairwise(found))


def _messages(payloads: Iterable[bytes]) -> Iterator[Mapping[str, object]]:
    for payload in payloads:
        value: object = parse_json(payload) if payload.startswith((b"{", b"[")) else None
        items = cast("list[object]", value) if isinstance(value, list) else [value]
        yield from (cast("dict[str, object]", item) for item in items if isinstance(item, dict))


def _fields(message: Mapping[str, object]) -> Iterator[tuple[str, object, str]]:
    """Path, number and the rest of the message, for each field that may count: of the message, or of what it wraps."""
    for name, value in message.items():
        if name in _NAMES and _number(value) is not None:
            yield name, value, _rest({**message, name: 0})
        elif isinstance(value, dict):
            inner = cast("dict[str, object]", value)
            for each in _INNER & inner.keys():
                if _number(inner[each]) is not None:
                    yield f"{name}.{each}", inner[each], _rest({**message, name: {**inner, each: 0}})


def _rest(message: Mapping[str, object]) -> str:
    return json.dumps(message, sort_keys=True)


def _number(value: object) -> int | None:
    if isinstance(value, str):
        return int(value) if len(value) < 10 and value.isascii() and value.isdigit() else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _without_index(path: str) -> str:
    """A path without its leading index, ``id`` for ``[0].id``: a message may be an array of several calls."""
    head, closed, rest = path.partition("].")
    return rest if closed and head.startswith("[") and head[1:].isdigit() else path
