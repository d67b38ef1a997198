"""The fields in which two messages of a socket differ."""

from __future__ import annotations

from collections.abc import Iterator

from harness.match.asked import Said
from harness.match.errors import MatcherError
from harness.match.mixed import records_of
from harness.match.places import Places
from harness.match.requests import payload_findings
from harness.match.structure import NOT_JSON, Finding, structural_findings
from harness.match.values import ValueComparison
from harness.profile import ServiceProfile


def message_findings(
    recorded: Said, actual: Said, places: Places, values: ValueComparison, *, strict_opcodes: bool = False
) -> Iterator[Finding]:
    """How a message differs from a recorded one: the event's name first, then its fields.

    JSON compares by its structure, everything else byte by byte; how it was cut into frames does not matter, and
    whether it came as text or binary only if ``strict_opcodes`` says so.
    """
    if strict_opcodes and recorded.kind != actual.kind:
        yield Finding("kind", recorded.kind, actual.kind)
    if recorded.data == actual.data and not recorded.placed(places) and not values.bindings.has_displaced:
        return
    if recorded.json is NOT_JSON or actual.json is NOT_JSON:
        yield from _payload_findings(recorded, actual, places, values)
        return
    findings = structural_findings("", recorded.json, actual.json, place_of=places.field, leaf=values.finding)
    first = next(findings, None)
    if first is None:
        return
    name = _name_finding(recorded, actual, places.profile)
    if name is not None:
        yield name
    for finding in (first, *findings):
        if name is None or finding.path != name.path:
            yield finding


def _payload_findings(recorded: Said, actual: Said, places: Places, values: ValueComparison) -> Iterator[Finding]:
    root = recorded.kind if recorded.kind == actual.kind else "payload"
    ours = records_of(recorded.data)
    theirs = records_of(actual.data) if ours is not None else None
    if ours is None or theirs is None or ours[0] != theirs[0] or len(ours[1]) != len(theirs[1]):
        yield from payload_findings(root, recorded.data, actual.data, values)
        return
    for one, other in zip(ours[1], theirs[1], strict=True):
        if (one.value is NOT_JSON) != (other.value is NOT_JSON):
            yield from payload_findings(root, recorded.data, actual.data, values)
            return
        yield from payload_findings(root, one.head, other.head, values)
        if one.value is not NOT_JSON:
            yield from structural_findings("", one.value, other.value, place_of=places.field, leaf=values.finding)


def _name_finding(recorded: Said, actual: Said, profile: ServiceProfile) -> Finding | None:
    names = event_name(profile, recorded.data), event_name(profile, actual.data)
    return Finding("event", *names) if names[0] != names[1] else None


def event_name(profile: ServiceProfile, payload: bytes) -> str | None:
    """The name of a message by its profile.

    Raises:
        MatcherError: The profile's function raised.
    """
    try:
        return profile.event_name(payload)
    except Exception as error:
        raise MatcherError("event_name", profile.name) from error
