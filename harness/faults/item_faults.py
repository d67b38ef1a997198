"""The faults that strike events and messages alike, as acts in place of an item."""

from __future__ import annotations

from typing import Any

from harness.faults.acts import Acts, EndConnection, Item, Put, Sleep, StayOpen
from harness.faults.items import changed, without
from harness.faults.plan import ArmedRule
from harness.faults.sequence import Between, FaultySequence, Handler

_UNKNOWN = b'{"event":"wiretapeUnknown","type":"wiretape.unknown","data":{"new":true}}'


def cut(_: ArmedRule) -> Acts[Any]:
    """FIN."""
    return (EndConnection("eof"),)


def reset(_: ArmedRule) -> Acts[Any]:
    """RST."""
    return (EndConnection("reset"),)


def stall(_: ArmedRule) -> Acts[Any]:
    """Nothing more."""
    return (StayOpen(),)


def delay(armed: ArmedRule) -> Acts[Any]:
    """A pause."""
    values = armed.rule.parameters
    jitter = float(values["jitter"])
    return (Sleep(float(values["by"]) + (armed.random.random() * jitter if jitter else 0.0)),)


def lose(_: FaultySequence[Item], __: ArmedRule, ___: Item) -> Acts[Item]:
    """The item does not come."""
    return ()


def duplicate(_: FaultySequence[Item], armed: ArmedRule, item: Item) -> Acts[Item]:
    """The item comes again."""
    return [Put(item)] * (1 + int(armed.rule.parameters["times"]))


def late(run: FaultySequence[Item], armed: ArmedRule, item: Item) -> Acts[Item]:
    """The item comes after later ones."""
    run.hold(item, after=int(armed.rule.parameters["by"]))
    return ()


def join(run: FaultySequence[Item], _: ArmedRule, item: Item) -> Acts[Item]:
    """The item waits for the next one, and comes with it."""
    run.hold(item, after=None, joins=True)
    return ()


def split(run: FaultySequence[Item], _: ArmedRule, item: Item) -> Acts[Item] | None:
    """The item's data in two items."""
    payload = run.items.payload(item)
    middle = len(payload) // 2
    if not middle:
        return None
    return [Put(run.items.rebuilt(item, part)) for part in (payload[:middle], payload[middle:])]


def malform(run: FaultySequence[Item], _: ArmedRule, item: Item) -> Acts[Item] | None:
    """The first half of the item's data."""
    payload = run.items.payload(item)
    return [Put(run.items.rebuilt(item, payload[: len(payload) // 2]))] if len(payload) > 1 else None


def unknown(run: FaultySequence[Item], _: ArmedRule, item: Item) -> Acts[Item]:
    """An item of an unknown type first."""
    return [Put(run.items.new(_UNKNOWN)), Put(item)]


def error(run: FaultySequence[Item], armed: ArmedRule, _: Item) -> Acts[Item]:
    """An error instead of the item."""
    return [Put(run.items.new(str(armed.rule.parameters["text"]).encode()))]


def huge(run: FaultySequence[Item], armed: ArmedRule, item: Item) -> Acts[Item]:
    """A large item first."""
    padding = b"x" * int(armed.rule.parameters["size"])
    return [Put(run.items.new(b'{"event":"wiretapeHuge","data":"' + padding + b'"}')), Put(item)]


def change(run: FaultySequence[Item], armed: ArmedRule, item: Item) -> Acts[Item] | None:
    """Another value of a field."""
    values = armed.rule.parameters
    payload = changed(run.items.payload(item), str(values["field"]), str(values["to"]))
    return None if payload is None else [Put(run.items.rebuilt(item, payload))]


def remove(run: FaultySequence[Item], armed: ArmedRule, item: Item) -> Acts[Item] | None:
    """A field less."""
    payload = without(run.items.payload(item), str(armed.rule.parameters["field"]))
    return None if payload is None else [Put(run.items.rebuilt(item, payload))]


def burst(run: FaultySequence[Item], _: ArmedRule, item: Item) -> Acts[Item]:
    """This item and the later ones wait."""
    run.is_bursting = True
    run.hold(item, after=None)
    return ()


BETWEEN: dict[str, Between[Any]] = {"cut": cut, "reset": reset, "stall": stall, "delay": delay}
AT: dict[str, Handler[Any]] = {
    "lose": lose,
    "duplicate": duplicate,
    "late": late,
    "join": join,
    "split": split,
    "malform": malform,
    "unknown": unknown,
    "error": error,
    "huge": huge,
    "change": change,
    "remove": remove,
    "burst": burst,
}
