"""`Issued`: values that the service named and clients used, and which of them can stand for each other.

Eight clients that begin a conversation at once send eight equal requests, and each is handed the id of one recorded
conversation before anything tells which one it is going to be. What a client says later tells it: so an id that was
issued stands for another one that the service issued in answer to a request that could not be told apart, as long as
nothing was said yet that held either of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, TypeAlias, cast

from harness.cassette.model import SocketExchange
from harness.match.structure import NOT_JSON, parse_json
from harness.match.volatile import Bindings
from harness.replay.entries import Entry

Where: TypeAlias = tuple[str, int, str]
"""Kind of exchange and its masked request; number of the service's message, -1 for a body; path of the value."""
_MOST_DEPTH: Final = 20
_SHORTEST: Final = 4


@dataclass(eq=False, slots=True)
class Group:
    """What the service issued in one message.

    Attributes:
        entry: The exchange.
        family: Equal for messages whose clients could not be told apart before.
        line: Number of the message among those of its socket, or -1 for the body of an answer.
        values: Path -> value.
    """

    entry: Entry
    family: tuple[str, int]
    line: int
    values: dict[str, str] = field(default_factory=dict[str, str])


class Issued:
    """The values that were issued in one cassette; looked through when first asked."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = entries

    @cached_property
    def _uses(self) -> dict[str, list[tuple[Entry, int]]]:
        """Value -> where a client used it: the exchange, and the number of its message (-1: the request)."""
        uses: dict[str, list[tuple[Entry, int]]] = {}
        for entry in self._entries:
            for value in set(_asked_values(entry)):
                uses.setdefault(value, []).append((entry, -1))
            for number, said in enumerate(entry.tape.said if entry.tape is not None else ()):
                for value in {each for _, each in _leaves(said.json)}:
                    uses.setdefault(value, []).append((entry, number))
        return uses

    @cached_property
    def _groups(self) -> dict[str, Group]:
        """Value -> the first message in which the service named it."""
        every = [group for entry in self._entries for group in _groups_of(entry)]
        paths: dict[tuple[str, int], set[str]] = {}
        for group in every:
            used = {path for path, value in group.values.items() if value in self._uses}
            paths.setdefault(group.family, set()).update(used)
        found: dict[str, Group] = {}
        for group in every:
            kept = paths[group.family]
            group.values = {path: value for path, value in group.values.items() if path in kept}
            for value in group.values.values():
                found.setdefault(value, group)
        return found

    def knows(self, value: str) -> bool:
        """Whether the service issued this value, and a client used it or one like it."""
        return value in self._groups

    def exchange(self, recorded: str, actual: str, bindings: Bindings) -> bool:
        """Let an issued value stand for a recorded one that was issued likewise; whether that can be."""
        if len(recorded) < _SHORTEST or recorded == actual:
            return False
        ours = self._groups.get(recorded)
        owner = bindings.recorded(actual) or actual
        theirs = self._groups.get(owner)
        if ours is None or theirs is None or ours is theirs or ours.family != theirs.family:
            return False
        if ours.values.keys() != theirs.values.keys() or self._path(ours, recorded) != self._path(theirs, owner):
            return False
        if self._is_used(ours) or self._is_used(theirs):
            return False
        for path in ours.values:
            one, other = ours.values[path], theirs.values[path]
            stands_for_one, stands_for_other = bindings.actual(one) or one, bindings.actual(other) or other
            bindings.rebind(one, stands_for_other)
            bindings.rebind(other, stands_for_one)
        if ours.line < 0:
            bindings.swaps.append((ours.entry, theirs.entry))
        return True

    @staticmethod
    def _path(group: Group, value: str) -> str:
        return next(path for path, each in group.values.items() if each == value)

    def _is_used(self, group: Group) -> bool:
        """Whether something was matched already that holds one of the values."""
        for value in group.values.values():
            for entry, number in self._uses.get(value, ()):
                if entry.played and (number < 0 or number < entry.matched):
                    return True
        return False


def _asked_values(entry: Entry) -> Iterator[str]:
    asked = entry.asked
    yield from (segment for segment in asked.segments if len(segment) >= _SHORTEST)
    yield from (value for _, value in asked.query)
    yield from (value for _, value in asked.form or ())
    yield from (value for _, value in _leaves(asked.json))


def _groups_of(entry: Entry) -> Iterator[Group]:
    exchange = entry.exchange
    if exchange.response is None:
        return
    family = entry.masked_request
    if exchange.response.body.data:
        yield _group(entry, (family, -1), -1, exchange.response.body.data)
    if isinstance(exchange, SocketExchange):
        greeting = 0
        for line in exchange.messages:
            # Once a client has said something, that tells its socket from others.
            if line.direction == ">" and line.kind in {"text", "binary"}:
                break
            if line.direction == "<" and line.kind in {"text", "binary"}:
                yield _group(entry, (family, greeting), greeting, line.data)
                greeting += 1


def _group(entry: Entry, family: tuple[str, int], line: int, payload: bytes) -> Group:
    values: dict[str, str] = {}
    seen: set[str] = set()
    for path, value in _leaves(parse_json(payload)):
        if len(value) >= _SHORTEST and value not in seen:
            values[path] = value
            seen.add(value)
    return Group(entry, family, line, values)


def _leaves(value: object) -> Iterator[tuple[str, str]]:
    """Every string of a JSON value with its path."""
    if value is NOT_JSON:
        return
    waiting: list[tuple[str, object, int]] = [("", value, 0)]
    while waiting:
        path, current, depth = waiting.pop()
        if isinstance(current, str):
            yield path, current
        elif depth < _MOST_DEPTH and isinstance(current, dict):
            fields = cast("dict[str, object]", current)
            waiting += [(f"{path}.{name}", inner, depth + 1) for name, inner in fields.items()]
        elif depth < _MOST_DEPTH and isinstance(current, list):
            items = cast("list[object]", current)
            waiting += [(f"{path}[{at}]", inner, depth + 1) for at, inner in enumerate(items)]
