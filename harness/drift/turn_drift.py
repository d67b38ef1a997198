"""Drift in turns: missing, moved and repeated events, and how turns end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from itertools import combinations
from typing import Final, TypeAlias

from harness.drift.findings import Finding, Grade, Kind
from harness.drift.turn_shapes import ASKED_AGAIN, CUT, LEFT, TurnShape

_PATIENCE: Final = 250_000
"""Microseconds. A late event counts as missing if the client stayed this long after the turn's end, and three times
the event's longest known delay."""
_FEW: Final = 2

_Pair: TypeAlias = tuple[str, str]


class TurnDrift:
    """Compares turns on a socket with those of the recordings to learn from.

    Args:
        learnt: The turns to learn from, on sockets of the same label.
        ends: Events that end a turn.
        reads: Events that our client reads.
    """

    def __init__(self, learnt: Sequence[TurnShape], ends: Collection[str], reads: Collection[str]) -> None:
        self._learnt = learnt
        self._ends = ends
        self._reads = reads
        self._known = {name for turn in learnt for name in turn.events}
        self._precedence = _precedence(learnt)
        self._once = _once(learnt)

    def findings(self, turn: TurnShape, name: str) -> Iterator[Finding]:
        """The differences between a turn and the learnt ones.

        Args:
            turn: The turn to grade.
            name: Name of its recording.
        """
        yield from self._end(turn, name)
        yield from self._missing(turn, name)
        yield from self._moved(turn, name)
        for event, count in Counter(turn.events).items():
            if count > 1 and event in self._once:
                text = f"comes more than once in a turn; it came once in {self._once[event]}"
                yield self._finding("harmless", "event-repeated", turn, event, text, name)

    def _end(self, turn: TurnShape, name: str) -> Iterator[Finding]:
        known = {each.end for each in self._learnt}
        if turn.end in known or turn.end in (CUT, ASKED_AGAIN) or not self._learnt:
            return
        if turn.end != LEFT:
            yield self._finding("new", "end-new", turn, "", f"a turn ends in a new way: {turn.end}", name)
        elif (usual := self._usual_end(turn)) is not None:
            strange = [each for each in dict.fromkeys(turn.events) if each not in self._known]
            successor = f"; is it {strange[-1]} now?" if strange else ""
            text = f"did not come, and the client gave up: turns like this one ended with it{successor}"
            yield self._finding("breaking", "event-gone", turn, usual, text, name)

    def _usual_end(self, turn: TurnShape) -> str | None:
        """The event that ended the learnt turn most like this one; None if no learnt turn shares an event with it."""
        said = set(turn.events)
        over = [each for each in self._learnt if each.is_over and said & set(each.events)]
        best = max(over, key=lambda each: len(said & set(each.events)) / len(said | set(each.events)), default=None)
        return None if best is None else best.end

    # ------------------------------------------------------------ what is missing
    def _missing(self, turn: TurnShape, name: str) -> Iterator[Finding]:
        if not turn.is_over:
            return
        alike = [each for each in self._learnt if _kind(each) == _kind(turn)]
        same = [each for each in alike if each.prompt == turn.prompt]
        found: set[str] = set()
        for group, what in ((alike, "turn of this kind"), (same, "turn with this question")):
            for event in _always(group):
                if event not in turn.events and event not in found and self._had_time(event, turn):
                    found.add(event)
                    yield self._gone(event, turn, group, what, name)

    def _gone(self, event: str, turn: TurnShape, group: Sequence[TurnShape], what: str, name: str) -> Finding:
        strange = [each for each in dict.fromkeys(turn.events) if each not in self._known]
        successor = f"; is it {strange[0]} now?" if len(strange) == 1 else ""
        often = len(group) >= _FEW
        evidence = f"it was in each of {len(group)} that were seen" if often else "it was in the one that was seen"
        doubt = "" if often else ", which may be chance"
        grade: Grade = "breaking" if often and event in self._reads else "harmless"
        text = f"is missing in a {what}; {evidence}{doubt}{successor}"
        return self._finding(grade, "event-gone", turn, event, text, name)

    def _had_time(self, event: str, turn: TurnShape) -> bool:
        """Whether the client listened long enough after a turn's end to get an event that comes only then."""
        delays = [each.delays[event] for each in self._learnt if event in each.delays]
        return (
            not delays or turn.stayed > 3 * max(delays) + _PATIENCE or any(x in turn.delays for x in self._later(event))
        )

    def _later(self, event: str) -> set[str]:
        return {other for one, other in self._precedence if one == event}

    # ------------------------------------------------------------ order
    def _moved(self, turn: TurnShape, name: str) -> Iterator[Finding]:
        """Events in another order. Of the reversed pairs, the event in most of them counts as moved."""
        order = list(dict.fromkeys(turn.events))
        turned = [(one, other) for one, other in combinations(order, 2) if (other, one) in self._precedence]
        turned = [pair for pair in turned if pair not in self._precedence]
        while turned:
            counts = Counter(event for pair in turned for event in pair)
            event = max(counts, key=lambda each: (counts[each], each not in self._ends, -order.index(each)))
            mine = [pair for pair in turned if event in pair]
            one, other = mine[0] if mine[0][0] == event else mine[-1]
            turned = [pair for pair in turned if event not in pair]
            times = self._precedence[(other, one)]
            read = one in self._reads and other in self._reads
            grade: Grade = "harmless" if times < _FEW or not read else "breaking"
            turns = "turn" if times == 1 else "turns"
            relation = f"comes before {other}; it" if event == one else f"comes after {one}; it"
            was = "after" if event == one else "before"
            text = f"{relation} came {was} it in {times} {turns}"
            yield self._finding(grade, "event-moved", turn, event, text, name)

    def _finding(self, grade: Grade, kind: Kind, turn: TurnShape, event: str, text: str, name: str) -> Finding:
        what = f"< {event}" if event else "turn"
        return Finding(grade=grade, kind=kind, where=turn.label, what=what, text=text, seen=(name,))


def _kind(turn: TurnShape) -> tuple[str, bool, bool]:
    """The kind of a turn: its end, and whether it is the first of its socket and begins a conversation."""
    return turn.end, turn.is_first, turn.is_beginning


def _always(turns: Sequence[TurnShape]) -> list[str]:
    """The events that every one of the turns has, in the order of the first turn."""
    if not turns:
        return []
    common = set[str](turns[0].events).intersection(*(turn.events for turn in turns[1:]))
    return [event for event in dict.fromkeys(turns[0].events) if event in common]


def _precedence(turns: Sequence[TurnShape]) -> dict[_Pair, int]:
    """For each pair of events that no turn has in the other order: the number of turns that have both."""
    seen: Counter[_Pair] = Counter()
    for turn in turns:
        seen.update(combinations(dict.fromkeys(turn.events), 2))
    return {pair: count for pair, count in seen.items() if pair[::-1] not in seen}


def _once(turns: Sequence[TurnShape]) -> dict[str, int]:
    """Event that no turn has twice -> number of turns that have it, where that is more than one."""
    most: dict[str, int] = {}
    times: Counter[str] = Counter()
    for turn in turns:
        for event, count in Counter(turn.events).items():
            most[event] = max(most.get(event, 0), count)
            times[event] += 1
    return {event: times[event] for event, count in most.items() if count == 1 and times[event] >= _FEW}
