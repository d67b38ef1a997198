"""`grade`: the differences between recordings and those that the protocol is learnt from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from harness.drift.field_drift import FieldDrift
from harness.drift.findings import Finding, Grade, merged
from harness.drift.observing import REQUEST, Observation, Place, status_of
from harness.drift.reads import Field, Reads
from harness.drift.turn_drift import TurnDrift
from harness.profile import ServiceProfile

_SUCCESS: Final = range(100, 300)


def grade(
    learnt: Sequence[Observation], fresh: Iterable[Observation], profile: ServiceProfile, reads: Reads
) -> tuple[Finding, ...]:
    """All differences, the worst first.

    An endpoint without a call and a kind of turn that does not occur in the fresh recordings do not count as missing.

    Args:
        learnt: Observations to learn from.
        fresh: Observations to grade.
        profile: Names and events of the service.
        reads: Which fields our client reads.
    """
    model = _Model(learnt, profile, reads)
    return merged(finding for each in fresh for finding in model.findings(each))


class _Model:
    def __init__(self, learnt: Sequence[Observation], profile: ServiceProfile, reads: Reads) -> None:
        self._profile = profile
        self._reads = reads
        self._answers: dict[str, list[str]] = {}
        self._values: dict[Place, list[object]] = {}
        self._kinds: dict[Place, set[str]] = {}
        self._numberings: dict[str, set[str]] = {}
        for each in learnt:
            for label, answers in each.answers.items():
                self._answers.setdefault(label, []).extend(answers)
            for place, values in each.values.items():
                self._values.setdefault(place, []).extend(values)
            for place, kinds in each.kinds.items():
                self._kinds.setdefault(place, set()).update(kinds)
            for label, ways in each.numberings.items():
                self._numberings.setdefault(label, set()).update(ways)
        turns = [turn for each in learnt for turn in each.turns]
        self._turns = {
            label: TurnDrift([turn for turn in turns if turn.label == label], profile.end_of_turn, reads.events)
            for label in {turn.label for turn in turns}
        }
        self._places: dict[tuple[Place, Grade], FieldDrift] = {}

    def findings(self, fresh: Observation) -> Iterator[Finding]:
        for label, answers in fresh.answers.items():
            yield from self._answers_of(label, answers, fresh.name)
        for place in fresh.kinds:
            yield from self._message(place, fresh)
        for place, values in fresh.values.items():
            yield from self._place(place, fresh).findings(values, fresh.name)
        for turn in fresh.turns:
            if turn.label in self._turns:
                yield from self._turns[turn.label].findings(turn, fresh.name)
        for label, ways in fresh.numberings.items():
            for way in ways - self._numberings.get(label, ways):
                text = f"the numbering of events has changed: {way}; was {' or '.join(sorted(self._numberings[label]))}"
                yield Finding(
                    grade="harmless", kind="numbering-changed", where=label, what="<", text=text, seen=(fresh.name,)
                )

    # ------------------------------------------------------------ answers
    def _answers_of(self, label: str, answers: Sequence[str], name: str) -> Iterator[Finding]:
        known = self._answers.get(label)
        if known is None:
            text = f"is a new endpoint; {', '.join(dict.fromkeys(answers))}"
            yield Finding(grade="new", kind="endpoint-new", where=label, text=text, seen=(name,))
            return
        for answer in dict.fromkeys(answers):
            if answer not in known and (found := self._answer(label, answer, known, name)) is not None:
                yield found

    def _answer(self, label: str, answer: str, known: Sequence[str], name: str) -> Finding | None:
        status, statuses = status_of(answer), {status_of(each) for each in known}
        before = ", ".join(sorted(set(known)))
        if not status:
            by_service = answer.startswith("aborted by the server")
            text = f"{answer}; was {before}"
            return Finding(grade="new", kind="no-answer", where=label, text=text, seen=(name,)) if by_service else None
        if status in statuses:
            breaks = bool(self._reads.of_answer(label)) and status in _SUCCESS
            text = f"is {answer}; was {before}"
            worth: Grade = "breaking" if breaks else "harmless"
            what = f"answer {status}"
            return Finding(grade=worth, kind="content-type-changed", where=label, what=what, text=text, seen=(name,))
        succeeded = any(each in _SUCCESS for each in statuses)
        worth = "breaking" if status not in _SUCCESS and succeeded and status not in self._reads.refusals else "new"
        remark = "; our client has an error for it" if status in self._reads.refusals else ""
        text = f"answers {answer}; answered {before}{remark}"
        return Finding(
            grade=worth, kind="status-changed", where=label, what=f"answer {status}", text=text, seen=(name,)
        )

    # ------------------------------------------------------------ messages and bodies
    def _message(self, place: Place, fresh: Observation) -> Iterator[Finding]:
        label, what = place
        known, kinds = self._kinds.get(place), fresh.kinds[place]
        if known is None:
            yield self._unknown_event(label, what, fresh)
        elif not kinds <= known:
            text = f"comes in {' and '.join(sorted(kinds - known))} messages; came in {' and '.join(sorted(known))}"
            yield Finding(
                grade="new", kind="message-kind-changed", where=label, what=what, text=text, seen=(fresh.name,)
            )

    def _unknown_event(self, label: str, what: str, fresh: Observation) -> Finding:
        direction, _, event = what.partition(" ")
        if direction == ">":
            worth: Grade = "new" if fresh.by_page else "harmless"
            text = "the service's own page sends this, which is new" if fresh.by_page else "no client sent this before"
        elif event == "(no event)":
            worth, text = "breaking", "a message that is no event; our client ends the turn there"
        elif event in self._reads.events:
            worth, text = "new", "is new in these recordings; our client knows it"
        else:
            worth, text = "new", "is new; our client returns it as an unknown event"
        return Finding(grade=worth, kind="event-new", where=label, what=what, text=text, seen=(fresh.name,))

    def _place(self, place: Place, fresh: Observation) -> FieldDrift:
        is_request = place[1] == REQUEST or place[1].startswith(">")
        addition: Grade = "new" if fresh.by_page or not is_request else "harmless"
        known = self._places.get((place, addition))
        if known is None:
            known = FieldDrift(place, self._values.get(place, ()), self._read_at(place), self._reads.closed, addition)
            self._places[(place, addition)] = known
        return known

    def _read_at(self, place: Place) -> Mapping[str, Field]:
        label, what = place
        kind, _, rest = what.partition(" ")
        if kind == "<":
            return self._reads.events.get(rest, {})
        if kind == "answer" and int(rest) in _SUCCESS:
            return self._reads.of_answer(label)
        return {}
