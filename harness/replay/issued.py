"""`Issued`: values that the service named and clients used, and which of them can stand for each other.

Eight clients that begin a conversation at once send eight equal requests, and each is handed the id of one recorded
conversation before anything tells which one it is going to be. What a client says later tells it: so an id that was
issued stands for another one that the service issued in answer to a request that could not be told apart, as long as
nothing was said yet that held either of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, TypeAlias, cast

from harness.cassette.model import SocketExchange
from harness.match.generated import masked, slots_of
from harness.match.mixed import records_of
from harness.match.structure import NOT_JSON, parse_json
from harness.match.volatile import Bindings
from harness.replay.entries import Entry

Where: TypeAlias = tuple[str, int, str]
"""Kind of exchange and its masked request; number of the service's message, -1 for a body; path of the value."""
_MOST_DEPTH: Final = 20
_SHORTEST: Final = 4
_LEAST_NUMBER: Final = 1000
_MOST_BYTES: Final = 64 * 1024
_MOST_WORDS: Final = 2000
_NUMBERS: Final = re.compile(r"\d{4,}")
_WORD: Final = re.compile(r"[A-Za-z0-9_-]{4,}")


@dataclass(eq=False, slots=True)
class Group:
    """What the service issued in one message.

    Attributes:
        entry: The exchange.
        family: Equal for messages whose clients could not be told apart before.
        line: Number of the message among those of its socket, or -1 for the body of an answer.
        moment: When, in microseconds since the session began.
        values: Path -> value.
    """

    entry: Entry
    family: tuple[str, int]
    line: int
    moment: int
    values: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Exchanged:
    """Values that changed places, and the exchanges that did so with them.

    Attributes:
        values: Recorded value, the other one, and what was sent for the other one.
        entries: Pairs of exchanges.
    """

    values: tuple[tuple[str, str, str], ...]
    entries: tuple[tuple[Entry, Entry], ...]


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
                for value in {each for _, each in _named(said.data)}:
                    uses.setdefault(value, []).append((entry, number))
        return uses

    @cached_property
    def _groups(self) -> dict[str, Group]:
        """Value -> the first message in which the service named it."""
        every = [group for entry in self._entries for group in _groups_of(entry)]
        for group in every:
            group.values = {path: each for path, each in group.values.items() if not self._was_said(each, group.moment)}
        named = {value for group in every for value in group.values.values() if value in self._uses}
        for group in every:
            group.family = (_alike(group.family[0], named), group.family[1])
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

    def _was_said(self, value: str, moment: int) -> bool:
        """Whether a client had used a value before: the service only repeats it."""
        return any(_moment(entry, number) < moment for entry, number in self._uses.get(value, ()))

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
        swap = _Swap(self._uses, self._by_entry, self._groups)
        if not swap.takes(ours, theirs):
            return False
        standing = [(one, other, bindings.actual(other) or other) for one, other in swap.values]
        # What the clients made up for the same places changes hands with the rest.
        made = [(one, bindings.sent(other)) for one, other in swap.made]
        for one, actual_of_other in (*((one, actual) for one, _, actual in standing), *made):
            bindings.transpose(one, actual_of_other)
        bindings.swaps.append(Exchanged(tuple(standing), tuple(swap.entries)))
        return True

    def group(self, value: str) -> Group | None:
        """The message in which the service named a value first."""
        return self._groups.get(value)

    @staticmethod
    def _path(group: Group, value: str) -> str:
        return next(path for path, each in group.values.items() if each == value)

    @cached_property
    def _by_entry(self) -> dict[int, Group]:
        """Number of an exchange -> what the body of its answer issued."""
        return {group.entry.index: group for group in self._groups.values() if group.line < 0}


class _Swap:
    """Two groups that are to stand for each other, with all that follows from it.

    What was done already with a value of one of them has to be what could have been done with the other's: an equal
    request but for the value, with an equal answer. Then these two change places as well, and what they issued.
    """

    def __init__(
        self, uses: dict[str, list[tuple[Entry, int]]], by_entry: dict[int, Group], groups: dict[str, Group]
    ) -> None:
        self._uses = uses
        self._by_entry = by_entry
        self._groups = groups
        self.values: list[tuple[str, str]] = []
        self.made: list[tuple[str, str]] = []
        self.entries: list[tuple[Entry, Entry]] = []

    def takes(self, ours: Group, theirs: Group, depth: int = 0) -> bool:
        """Whether the two can change places; notes what goes with them."""
        if ours.values.keys() != theirs.values.keys() or depth > _MOST_DEPTH:
            return False
        self.entries.append((ours.entry, theirs.entry))
        for path, one in ours.values.items():
            other = theirs.values[path]
            if (one, other) in self.values:
                continue
            self.values.append((one, other))
            if not self._follow(one, other, depth):
                return False
        return self._go_back(ours.entry, theirs.entry, depth)

    def _go_back(self, one: Entry, other: Entry, depth: int) -> bool:
        """What the two were asked with changes places as well."""
        left, right = ([value for value in _asked_values(each) if value in self._groups] for each in (one, other))
        if len(left) != len(right):
            return False
        for mine, its in zip(left, right, strict=True):
            if mine != its and (mine, its) not in self.values:
                ours, theirs = self._groups[mine], self._groups[its]
                if ours.family != theirs.family or not self.takes(ours, theirs, depth + 1):
                    return False
        return True

    def _follow(self, one: str, other: str, depth: int) -> bool:
        left, right = self._uses.get(one, []), self._uses.get(other, [])
        for number in range(max(len(left), len(right))):
            mine = left[number] if number < len(left) else None
            its = right[number] if number < len(right) else None
            if not (mine and _is_matched(*mine)) and not (its and _is_matched(*its)):
                continue
            if mine is None or its is None or not self._changes_places(mine, its, depth):
                return False
        return True

    def _changes_places(self, mine: tuple[Entry, int], its: tuple[Entry, int], depth: int) -> bool:
        (one, at), (other, also) = mine, its
        if at >= 0 or also >= 0:
            return False
        if (one, other) in self.entries or one is other:
            return True
        if one.tape is not None or other.tape is not None:
            return False
        self.entries.append((one, other))
        if not self._are_alike(one, other):
            return False
        self._note_made(one, other)
        ours, theirs = self._by_entry.get(one.index), self._by_entry.get(other.index)
        if ours is None or theirs is None:
            return ours is theirs
        return self.takes(ours, theirs, depth + 1)

    def _note_made(self, one: Entry, other: Entry) -> None:
        """The generated values in which two requests differ: a client made them, and the answers may repeat them."""
        targets = one.asked.target.encode(), other.asked.target.encode()
        for ours, theirs in (*made_pairs(*targets), *made_pairs(one.asked.body, other.asked.body)):
            if (ours, theirs) not in self.values:
                self.made += [(ours, theirs), (theirs, ours)]

    def _are_alike(self, one: Entry, other: Entry) -> bool:
        """Whether two exchanges differ in values that are exchanged only, and in generated ones."""
        if one.asked.method != other.asked.method or one.answer[0] != other.answer[0]:
            return False
        asked = [(one.asked.target, other.asked.target), (_text(one.asked.body), _text(other.asked.body))]
        if any(masked(self._exchanged(left)) != masked(right) for left, right in asked):
            return False
        if not one.answered and not other.answered:
            return True
        # What the service numbers differs from answer to answer.
        answers = (
            _NUMBERS.sub("0", masked(text)) for text in (self._exchanged(_text(one.answer[1])), _text(other.answer[1]))
        )
        return len(set(answers)) == 1

    def _exchanged(self, text: str) -> str:
        for one, other in self.values:
            text = text.replace(one, other)
        return text


def _alike(text: str, named: set[str]) -> str:
    """A text without issued and generated values: equal for all who could not be told apart."""
    return masked(_WORD.sub(lambda found: "\0" if found[0] in named else found[0], text))


def made_pairs(one: bytes, other: bytes) -> list[tuple[str, str]]:
    """The generated values in which two recorded texts of one shape differ."""
    mine, its = slots_of(_text(one)), slots_of(_text(other))
    if len(mine) != len(its):
        return []
    return [(ours, theirs) for (_, _, ours), (_, _, theirs) in zip(mine, its, strict=True) if ours != theirs]


def _text(data: bytes) -> str:
    return data[:_MOST_BYTES].decode("latin-1")


def _is_matched(entry: Entry, number: int) -> bool:
    return entry.played and (number < 0 or number < entry.matched)


def _moment(entry: Entry, number: int) -> int:
    if number < 0 or entry.tape is None:
        return entry.exchange.at
    return entry.exchange.at + entry.tape.lines[entry.tape.said_at[number]].time


def _asked_values(entry: Entry) -> Iterator[str]:
    asked = entry.asked
    yield from (segment for segment in asked.segments if len(segment) >= _SHORTEST)
    yield from (value for _, value in asked.query)
    yield from (value for _, value in asked.form or ())
    yield from (value for _, value in _named(asked.body))


def _groups_of(entry: Entry) -> Iterator[Group]:
    exchange = entry.exchange
    if exchange.response is None:
        return
    family = f"{entry.asked.method} {entry.asked.target}\n{_text(entry.asked.body)}"
    if exchange.response.body.data:
        yield _group(entry, (family, -1), -1, exchange.at + exchange.response.after, exchange.response.body.data)
    for number, line in enumerate(exchange.response.stream or ()):
        yield _group(entry, (family, number), -1, exchange.at + line.time, line.data)
    if isinstance(exchange, SocketExchange):
        said = family
        number = 0
        for line in exchange.messages:
            if line.kind not in {"text", "binary"}:
                continue
            if line.direction == ">":
                said += "\n" + _text(line.data)
            elif line.direction == "<":
                yield _group(entry, (said, number), number, exchange.at + line.time, line.data)
                number += 1


def _group(entry: Entry, family: tuple[str, int], line: int, moment: int, payload: bytes) -> Group:
    values: dict[str, str] = {}
    seen: set[str] = set()
    for path, value in _named(payload):
        if len(value) >= _SHORTEST and value not in seen:
            values[path] = value
            seen.add(value)
    return Group(entry, family, line, moment, values)


def _named(payload: bytes) -> Iterator[tuple[str, str]]:
    """The values of a payload that may name something, each with its place: strings of JSON, or words of text."""
    value = parse_json(payload)
    if value is not NOT_JSON:
        yield from _leaves(value)
        return
    records = records_of(payload)
    if records is None:
        words = _WORD.findall(payload[:_MOST_BYTES].decode("latin-1"))
        yield from ((f"#{number}", each) for number, each in enumerate(words[:_MOST_WORDS]))
        return
    for number, record in enumerate(records[1]):
        yield from ((f"#{number}{path}", each) for path, each in _leaves(record.value))


def _leaves(value: object) -> Iterator[tuple[str, str]]:
    """Every string of a JSON value with its path."""
    if value is NOT_JSON:
        return
    waiting: list[tuple[str, object, int]] = [("", value, 0)]
    while waiting:
        path, current, depth = waiting.pop()
        if isinstance(current, str):
            yield path, current
        elif isinstance(current, int) and not isinstance(current, bool) and current >= _LEAST_NUMBER:
            yield path, str(current)
        elif depth < _MOST_DEPTH and isinstance(current, dict):
            fields = cast("dict[str, object]", current)
            waiting += [(f"{path}.{name}", inner, depth + 1) for name, inner in fields.items()]
        elif depth < _MOST_DEPTH and isinstance(current, list):
            items = cast("list[object]", current)
            waiting += [(f"{path}[{at}]", inner, depth + 1) for at, inner in enumerate(items)]
