"""`learnt_reads`: what a client reads of a service whose client is unknown: all that older recordings always have."""

from __future__ import annotations

from collections.abc import Iterable

from harness.compare.json_fields import ROOT, JsonFields, shown
from harness.drift.evidence import SourceRecording
from harness.drift.observing import Place, observe
from harness.drift.reads import Field, Reads
from harness.profile import ServiceProfile

_SUCCESS = range(100, 300)


def learnt_reads(known: Iterable[SourceRecording], profile: ServiceProfile) -> Reads:
    """The fields that each value at a place has, as if the client required them, with the types that occur.

    No field counts as one with a closed set of values, because findings show the words of such a set.

    Args:
        known: The recordings to learn from.
        profile: Names and events of the service.
    """
    values: dict[Place, list[object]] = {}
    for each in known:
        for place, found in observe(each.cassette, each.name, profile).values.items():
            values.setdefault(place, []).extend(found)
    events: dict[str, list[object]] = {}
    answers: dict[str, list[object]] = {}
    for (label, what), found in values.items():
        kind, _, rest = what.partition(" ")
        if kind == "<":
            events.setdefault(rest, []).extend(found)
        elif kind == "answer" and int(rest) in _SUCCESS:
            answers.setdefault(label, []).extend(found)
    return Reads(
        events={name: _fields_of(found) for name, found in events.items()},
        answers={label: _fields_of(found) for label, found in answers.items()},
    )


def _fields_of(values: Iterable[object]) -> dict[str, Field]:
    fields = JsonFields(values)
    return {
        shown(path): Field(required=True, types=types)
        for path, types in fields.types.items()
        if path in fields.always and path != ROOT
    }
