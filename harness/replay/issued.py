"""`Issued`: values that the service issued and clients used, and which of them can stand for each other.

Eight clients that begin a conversation at once send eight equal requests, and each receives the id of one recorded
conversation before anything shows which conversation the client will have. Its later messages show that. So an issued
id may stand for another one that the service issued in response to an equal request, as long as no client has used
either of them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from harness.match.bindings import Bindings
from harness.match.counters import without_counters
from harness.match.generated import masked
from harness.replay.entries import ReplayEntry
from harness.replay.issued_groups import SHORTEST, IssuedGroup, asked_values, groups_of, named_values, text_of
from harness.replay.swap_plan import Known, SwapPlan, Use

_WORD: Final = re.compile(r"[A-Za-z0-9_-]{4,}")


@dataclass(frozen=True, slots=True)
class Renaming:
    """Which values and exchanges changed places, each pair in both directions.

    Attributes:
        values: Recorded value -> the one that it changed places with.
        entries: The same of exchanges.
    """

    values: Mapping[str, str]
    entries: Mapping[ReplayEntry, ReplayEntry]


@dataclass(frozen=True, slots=True)
class Exchanged:
    """Values that changed places, and the exchanges that did so with them.

    Attributes:
        values: Recorded value, the other one, and the value that was sent for the other one.
        made: The same of the values that clients made; None if nothing was sent for the other one.
        entries: Pairs of exchanges.
    """

    values: tuple[tuple[str, str, str], ...]
    made: tuple[tuple[str, str, str | None], ...]
    entries: tuple[tuple[ReplayEntry, ReplayEntry], ...]

    def renamed(self, renaming: Renaming) -> Exchanged:
        """Return a copy that names values and exchanges as they are after another swap.

        Args:
            renaming: The values and exchanges that the other swap exchanged.
        """
        values, entries = renaming.values, renaming.entries
        return Exchanged(
            tuple((values.get(one, one), values.get(other, other), actual) for one, other, actual in self.values),
            tuple((values.get(one, one), values.get(other, other), actual) for one, other, actual in self.made),
            tuple((entries.get(one, one), entries.get(other, other)) for one, other in self.entries),
        )


class Issued:
    """The issued values of one cassette, collected on first use."""

    def __init__(self, entries: Sequence[ReplayEntry]) -> None:
        self._entries = entries
        self._sorts: dict[tuple[int, int], str] = {}

    @cached_property
    def _uses(self) -> dict[str, list[tuple[ReplayEntry, int]]]:
        """Value -> where a client used it: the exchange, and the number of its message (-1: the request)."""
        uses: dict[str, list[tuple[ReplayEntry, int]]] = {}
        for entry in self._entries:
            for value in set(asked_values(entry)):
                uses.setdefault(value, []).append((entry, -1))
            for number, message in enumerate(entry.tape.client_messages if entry.tape is not None else ()):
                for value in {each for _, each in named_values(message.data)}:
                    uses.setdefault(value, []).append((entry, number))
        return uses

    @cached_property
    def _every(self) -> list[IssuedGroup]:
        """All messages in which the service issued values, with the values at places whose values clients used."""
        every = [group for entry in self._entries for group in groups_of(entry)]
        for group in every:
            group.values = {path: each for path, each in group.values.items() if not self._was_said(each, group.moment)}
        named = {value for group in every for value in group.values.values() if value in self._uses}
        for group in every:
            group.family = (_alike(group.family[0], named), group.family[1])
        paths: dict[tuple[str, int], set[str]] = {}
        for group in every:
            used = {path for path, value in group.values.items() if value in self._uses}
            paths.setdefault(group.family, set()).update(used)
        for group in every:
            kept = paths[group.family]
            group.values = {path: value for path, value in group.values.items() if path in kept}
        return every

    @cached_property
    def _groups(self) -> dict[str, IssuedGroup]:
        """Value -> the first message in which the service sent it."""
        found: dict[str, IssuedGroup] = {}
        for group in self._every:
            for value in group.values.values():
                found.setdefault(value, group)
        return found

    def _was_said(self, value: str, moment: int) -> bool:
        """Whether a client sent a value before that moment, so that the service only repeated it."""
        return any(_moment(entry, number) < moment for entry, number in self._uses.get(value, ()))

    @property
    def any(self) -> bool:
        """Whether the service issued any value that a client then used."""
        return bool(self._groups)

    def knows(self, value: str) -> bool:
        """Whether the service issued this value, and a client used it or one like it."""
        return value in self._groups

    def exchange(self, recorded: str, actual: str, bindings: Bindings, entry: ReplayEntry | None = None) -> bool:
        """Let an actual value change places with a recorded one, if the service issued both in the same way.

        Args:
            recorded: The recorded value.
            actual: The actual value.
            bindings: Receive the values that change places.
            entry: The exchange that the client of the value would get, or continue.

        Returns:
            Whether the two are exchanged.
        """
        if len(recorded) < SHORTEST or (bindings.actual(recorded) or recorded) == actual:
            return False
        ours = self._groups.get(recorded)
        owner = bindings.recorded(actual) or actual
        theirs = self._groups.get(owner)
        plan = SwapPlan(Known(self._uses, self._groups, self._by_entry, self.shape, self._sort))
        if ours is None and theirs is None:
            # Two clients generated these: earlier requests showed which client has which.
            is_possible = bindings.recorded(actual) is not None and plan.takes_made(recorded, owner)
        else:
            is_possible = ours is not None and theirs is not None and self._takes(plan, ours, theirs, recorded, owner)
        if not is_possible or _is_taken(entry, plan):
            return False
        standing = [(one, other, bindings.actual(other) or other) for one, other in plan.values.items()]
        for one, _, actual_of_other in standing:
            bindings.transpose(one, actual_of_other)
        # Values that the clients generated for the same places change places as well.
        made = [(one, other, bindings.actual(other)) for one, other in plan.made.items()]
        for one, other, _ in made:
            bindings.swap(one, other)
        times = {theirs: ours for ours, theirs in plan.times.items()} | plan.times
        for time, moved in [(one, bindings.sent(other)) for one, other in times.items()]:
            bindings.bind_loosely(time, moved)
        bindings.swaps.append(Exchanged(tuple(standing), tuple(made), tuple(plan.entries)))
        return True

    def _takes(self, plan: SwapPlan, ours: IssuedGroup, theirs: IssuedGroup, recorded: str, owner: str) -> bool:
        """Whether two values were issued at the same place of messages of one family, and can change places."""
        if ours is theirs or ours.family != theirs.family or ours.values.keys() != theirs.values.keys():
            return False
        return self._path(ours, recorded) == self._path(theirs, owner) and plan.takes(ours, theirs)

    def shape(self, data: bytes) -> str:
        """A client's message without its counters, generated and issued values."""
        return _alike(text_of(without_counters(data)), self._groups.keys())

    def _sort(self, use: Use) -> str:
        """What a client did in a use of a value, without its counters, generated and issued values."""
        entry, number = use
        key = entry.index, number
        if key not in self._sorts:
            if number >= 0 and entry.tape is not None:
                self._sorts[key] = f"message {self.shape(entry.tape.client_messages[number].data)}"
            else:
                asked = f"{entry.request.plain_target}\n{entry.request.plain_body}".encode("latin-1", "replace")
                self._sorts[key] = f"{entry.request.method} {self.shape(asked)}"
        return self._sorts[key]

    def group(self, value: str) -> IssuedGroup | None:
        """The first message in which the service sent a value; None if it issued no such value."""
        return self._groups.get(value)

    @staticmethod
    def _path(group: IssuedGroup, value: str) -> str:
        return next(path for path, each in group.values.items() if each == value)

    @cached_property
    def _by_entry(self) -> dict[int, list[IssuedGroup]]:
        """Number of an exchange -> what its service issued in it, message by message.

        Without values that all clients of a family received, such as a word of the request that every response
        repeats: it identifies none of them, even if a client sends it later.
        """
        told = Counter(place for group in self._every for place in _places(group))
        found: dict[int, list[IssuedGroup]] = {}
        for group in dict.fromkeys(self._groups.values()):
            if any(told[place] == 1 for place in _places(group)):
                found.setdefault(group.entry.index, []).append(group)
        return found


def _places(group: IssuedGroup) -> Iterator[tuple[tuple[str, int], str, str]]:
    return ((group.family, path, value) for path, value in group.values.items())


def _is_taken(entry: ReplayEntry | None, plan: SwapPlan) -> bool:
    """Whether a swap would exchange this exchange or its partner after one of them was played."""
    return any(entry in pair and (pair[0].played or pair[1].played) for pair in plan.entries)


def _alike(text: str, named: AbstractSet[str]) -> str:
    """A text without issued and generated values: equal for clients that nothing tells apart."""
    return masked(_WORD.sub(lambda found: "\0" if found[0] in named else found[0], text))


def _moment(entry: ReplayEntry, number: int) -> int:
    if number < 0 or entry.tape is None:
        return entry.exchange.at
    return entry.exchange.at + entry.tape.lines[entry.tape.client_positions[number]].time
