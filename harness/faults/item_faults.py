"""The faults that strike events and messages alike, as acts in place of an item."""

from __future__ import annotations

from typing import Any

from harness.faults.acts import Acts, EndConnection, Item, Put, Sleep, StayOpen
from harness.faults.items import changed, without
from harness.faults.plan import ArmedRule
from harness.faults.sequence import Between, FaultySequence, Handler

_UNKNOWN = b'{"event":"wiretapeUnknown","type":"wiretape.unknown","data":{"new":true}}'


def cut(_: ArmedRule) -> Acts[Any]:
    """The acts of the fault `cut`: end the connection with FIN."""
    return (EndConnection("eof"),)


def reset(_: ArmedRule) -> Acts[Any]:
    """The acts of the fault `reset`: end the connection with RST."""
    return (EndConnection("reset"),)


def stall(_: ArmedRule) -> Acts[Any]:
    """The acts of the fault `stall`: send nothing more, and leave the connection open."""
    return (StayOpen(),)


def delay(armed: ArmedRule) -> Acts[Any]:
    """The acts of the fault `delay`: pause for the rule's ``by`` seconds, and up to ``jitter`` more at random."""
    values = armed.rule.parameters
    jitter = float(values["jitter"])
    return (Sleep(float(values["by"]) + (armed.random.random() * jitter if jitter else 0.0)),)


def lose(_: FaultySequence[Item], __: ArmedRule, ___: Item) -> Acts[Item]:
    """The acts of the fault `lose`: none, so that the client never gets the item."""
    return ()


def duplicate(_: FaultySequence[Item], armed: ArmedRule, item: Item) -> Acts[Item]:
    """The acts of the fault `duplicate`: send the item, and then again as often as the rule's ``times`` says."""
    return [Put(item)] * (1 + int(armed.rule.parameters["times"]))


def late(run: FaultySequence[Item], armed: ArmedRule, item: Item) -> Acts[Item]:
    """Hold an item back until as many later items have come as the rule's ``by`` says."""
    run.hold(item, after=int(armed.rule.parameters["by"]))
    return ()


def join(run: FaultySequence[Item], _: ArmedRule, item: Item) -> Acts[Item]:
    """Hold an item back; the next one is joined to it, and both are sent as one."""
    run.hold(item, after=None, joins=True)
    return ()


def split(run: FaultySequence[Item], _: ArmedRule, item: Item) -> Acts[Item] | None:
    """Send an item's data as two items of half the size each; None for data that cannot be divided."""
    payload = run.items.payload(item)
    middle = len(payload) // 2
    if not middle:
        return None
    return [Put(run.items.rebuilt(item, part)) for part in (payload[:middle], payload[middle:])]


def malform(run: FaultySequence[Item], _: ArmedRule, item: Item) -> Acts[Item] | None:
    """Send an item with only the first half of its data; None for data of less than two bytes."""
    payload = run.items.payload(item)
    return [Put(run.items.rebuilt(item, payload[: len(payload) // 2]))] if len(payload) > 1 else None


def unknown(run: FaultySequence[Item], _: ArmedRule, item: Item) -> Acts[Item]:
    """Send an item of a type that no client knows, and then the given item."""
    return [Put(run.items.new(_UNKNOWN)), Put(item)]


def error(run: FaultySequence[Item], armed: ArmedRule, _: Item) -> Acts[Item]:
    """Send an item with the rule's ``text``, which describes an error, in place of the given item."""
    return [Put(run.items.new(str(armed.rule.parameters["text"]).encode()))]


def huge(run: FaultySequence[Item], armed: ArmedRule, item: Item) -> Acts[Item]:
    """Send an item of the rule's ``size`` in bytes, and then the given item."""
    padding = b"x" * int(armed.rule.parameters["size"])
    return [Put(run.items.new(b'{"event":"wiretapeHuge","data":"' + padding + b'"}')), Put(item)]


def change(run: FaultySequence[Item], armed: ArmedRule, item: Item) -> Acts[Item] | None:
    """Send an item with the JSON field ``field`` of the rule set to ``to``; None if that cannot be done."""
    values = armed.rule.parameters
    payload = changed(run.items.payload(item), str(values["field"]), str(values["to"]))
    return None if payload is None else [Put(run.items.rebuilt(item, payload))]


def remove(run: FaultySequence[Item], armed: ArmedRule, item: Item) -> Acts[Item] | None:
    """Send an item without the JSON field ``field`` of the rule; None if that cannot be done."""
    payload = without(run.items.payload(item), str(armed.rule.parameters["field"]))
    return None if payload is None else [Put(run.items.rebuilt(item, payload))]


def burst(run: FaultySequence[Item], _: ArmedRule, item: Item) -> Acts[Item]:
    """Hold this item and all later ones back, to send them at once later."""
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
