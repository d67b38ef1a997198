"""`FaultySequence`: the items of one stream or socket under rules, without I/O.

A driver passes each item that the stage sends, and carries out the acts that come back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeAlias

from harness.faults.acts import Act, Acts, Item, Put, ends
from harness.faults.items import Items, is_where
from harness.faults.plan import ArmedRule
from harness.faults.rule import EVERY, FaultRule


@dataclass(slots=True)
class Held(Generic[Item]):
    """An item that a fault holds back, to be sent later.

    Attributes:
        item: The item.
        after: Number of further items after which it is sent; None if it waits for the end of a burst.
        joins: Whether it is joined to the next item, and the two are sent as one.
    """

    item: Item
    after: int | None
    joins: bool = False


Handler: TypeAlias = "Callable[[FaultySequence[Item], ArmedRule, Item], Acts[Item] | None]"
"""The acts in place of an item; None if the fault cannot strike this one (a field that it has not)."""
Between: TypeAlias = "Callable[[ArmedRule], Acts[Item]]"
"""The acts at a point between two items."""


@dataclass(frozen=True, slots=True)
class Handlers(Generic[Item]):
    """For one kind of items: name of a fault -> the function that applies it to an item, or between two items."""

    at: Mapping[str, Handler[Item]]
    between: Mapping[str, Between[Item]]


class FaultySequence(Generic[Item]):
    """Applies rules to the items of one stream or socket.

    Args:
        rules: The rules that concern it.
        items: Reads and makes items of this kind.
        handlers: The function of each fault.

    Attributes:
        items: As given.
        ended: Whether an act has ended it: nothing more is sent.
        is_bursting: Whether items wait for the end of a burst.
    """

    def __init__(self, rules: Sequence[ArmedRule], items: Items[Item], handlers: Handlers[Item]) -> None:
        self.items = items
        self.ended = False
        self.is_bursting = False
        self._rules = rules
        self._handlers = handlers
        self._count = 0
        self._held: list[Held[Item]] = []

    @property
    def timed(self) -> list[ArmedRule]:
        """The rules that strike at a time after the start, rather than at an item."""
        return [each for each in self._rules if each.rule.where.seconds is not None]

    def begin(self) -> list[Act[Item]]:
        """The acts of the rules that strike before the first item (``after 0 messages``)."""
        return self._noted(self._after(0))

    def push(self, item: Item) -> list[Act[Item]]:
        """The acts in place of an item that the stage sends."""
        if self.ended:
            return []
        self._count += 1
        acts = self._at(item)
        if not any(map(ends, acts)):
            acts += self._due()
            acts += self._after(self._count)
        return self._noted(acts)

    def strike(self, armed: ArmedRule) -> list[Act[Item]]:
        """The acts of a timed rule whose time has come; none if it does not strike."""
        return self._noted(list(self._handlers.between[armed.rule.fault](armed))) if armed.strike() else []

    def flush(self) -> list[Act[Item]]:
        """Return the acts that send the items of a burst, after the client has sent a message."""
        if self.ended or not self.is_bursting:
            return []
        self.is_bursting = False
        waiting = [each.item for each in self._held if each.after is None]
        self._held = [each for each in self._held if each.after is not None]
        return [Put(item) for item in waiting]

    def finish(self) -> list[Act[Item]]:
        """Return the acts at the stage's own end: they send the items that are still held back."""
        if self.ended:
            return []
        waiting, self._held = self._held, []
        return [Put(each.item) for each in waiting]

    def hold(self, item: Item, *, after: int | None, joins: bool = False) -> None:
        """Hold an item back until ``after`` further items have come, or (None) until the end of a burst."""
        self._held.append(Held(item, after, joins))

    # ------------------------------------------------------------ inside
    def _at(self, item: Item) -> list[Act[Item]]:
        if self.is_bursting:
            self.hold(item, after=None)
            return []
        for armed in self._rules:
            if self._fits(armed.rule, item) and not armed.is_spent:
                acts = self._struck(armed, item)
                if acts is not None:
                    return acts
        return [Put(self._with_joined(item))]

    def _struck(self, armed: ArmedRule, item: Item) -> list[Act[Item]] | None:
        if not armed.strike():
            return None
        fault = armed.rule.fault
        if (between := self._handlers.between.get(fault)) is not None:
            acts = list(between(armed))
            return acts if any(map(ends, acts)) else [*acts, Put(item)]
        found = self._handlers.at[fault](self, armed, item)
        if found is None:
            armed.withdraw()
        return None if found is None else list(found)

    def _fits(self, rule: FaultRule, item: Item) -> bool:
        where = rule.where
        if where.after or where.seconds is not None:
            return False
        if where.field:
            return is_where(self.items.name(item), self.items.payload(item), where.field, where.value)
        return where.number in (EVERY, self._count) or (where.since and self._count > where.number)

    def _after(self, count: int) -> list[Act[Item]]:
        acts: list[Act[Item]] = []
        for armed in self._rules:
            where = armed.rule.where
            if where.after and where.number == count and armed.strike():
                acts += self._handlers.between[armed.rule.fault](armed)
        return acts

    def _with_joined(self, item: Item) -> Item:
        first = next((each for each in self._held if each.joins), None)
        if first is None:
            return item
        self._held.remove(first)
        return self.items.joined(first.item, item)

    def _due(self) -> list[Act[Item]]:
        due: list[Act[Item]] = []
        for each in list(self._held):
            if each.after is None or each.joins:
                continue
            if each.after == 0:
                self._held.remove(each)
                due.append(Put(each.item))
            else:
                each.after -= 1
        return due

    def _noted(self, acts: list[Act[Item]]) -> list[Act[Item]]:
        for index, act in enumerate(acts):
            if ends(act):
                self.ended = True
                return acts[: index + 1]
        return acts
