"""The fields in which two requests differ."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence

from harness.match.asked import Asked
from harness.match.bodies import in_lines
from harness.match.deciding import condition_finding
from harness.match.parts import PartComparison
from harness.match.places import AUTHORIZATION, Place, Places
from harness.match.structure import ABSENT, NOT_JSON, Finding, structural_findings
from harness.match.values import ValueComparison


def request_findings(recorded: Asked, actual: Asked, places: Places, values: ValueComparison) -> Iterator[Finding]:
    """How a request differs from a recorded one: method, path, query, authorization, body.

    Of the headers, ``Range`` and the conditions count. The others are no part of a match: they say which library
    speaks, not what it asks for.
    """
    values.is_upgrade = recorded.method == "SOCKET"
    if recorded.method != actual.method:
        yield Finding("method", recorded.method, actual.method)
    if recorded.origin != actual.origin:
        yield Finding("origin", recorded.origin or ABSENT, actual.origin or ABSENT)
    yield from path_findings(recorded, actual, values)
    yield from pair_findings("query", recorded.query, actual.query, places.query, values)
    yield from authorization_findings(recorded, actual, values)
    condition = condition_finding(recorded, actual, values)
    if condition is not None:
        yield condition
    yield from body_findings(recorded, actual, places, values)


def path_findings(recorded: Asked, actual: Asked, values: ValueComparison) -> Iterator[Finding]:
    """How two paths differ, as a whole; a segment may be another value that is accepted for the recorded one."""
    left, right = recorded.segments, actual.segments
    if left == right and not values.bindings.has_displaced:
        return
    if len(left) != len(right):
        yield Finding("path", recorded.path, actual.path)
        return
    # The first segment is what stands before the leading slash: nothing.
    every = ((f"path[{at - 1}]", one, other) for at, (one, other) in enumerate(zip(left, right, strict=True)))
    differing = [path for path, one, other in every if values.finding(path, None, one, other) is not None]
    if differing:
        note = f"segment{'s' if len(differing) > 1 else ''} {', '.join(differing)}"
        yield Finding("path", recorded.path, actual.path, note=note)


def authorization_findings(recorded: Asked, actual: Asked, values: ValueComparison) -> Iterator[Finding]:
    """Present or absent, and the scheme: what follows it is a secret that may change from run to run."""
    one, other = _look(recorded.header("authorization")), _look(actual.header("authorization"))
    if one != other and not values.is_named("headers.authorization"):
        yield Finding("headers.authorization", one, other)


def _look(value: str | None) -> object:
    if value is None:
        return ABSENT
    found = AUTHORIZATION.fullmatch(value)
    scheme, secret = found.groups() if found is not None else ("", "")
    if not scheme:
        return "(empty)"
    return f"{scheme.capitalize()} ***" if secret else "***"


def pair_findings(
    root: str,
    recorded: Sequence[tuple[str, str]],
    actual: Sequence[tuple[str, str]],
    place_of: Callable[[str], Place | None],
    values: ValueComparison,
) -> Iterator[Finding]:
    """How two lists of names and values differ. The order of different names means nothing, that of equal ones does."""
    left, right = _grouped(recorded), _grouped(actual)
    for name in dict.fromkeys((*left, *right)):
        ours, theirs = left.get(name, []), right.get(name, [])
        for i in range(max(len(ours), len(theirs))):
            path = f"{root}.{name}" if i == 0 else f"{root}.{name}[{i}]"
            one = ours[i] if i < len(ours) else ABSENT
            other = theirs[i] if i < len(theirs) else ABSENT
            place = place_of(name)
            if place is None and not values.is_named(path):
                # JSON in a field is compared by what it says.
                yield from structural_findings(path, one, other, place_of=place_of, leaf=values.finding)
            elif (finding := values.finding(path, place, one, other)) is not None:
                yield finding


def _grouped(pairs: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for name, value in pairs:
        groups.setdefault(name, []).append(value)
    return groups


def body_findings(recorded: Asked, actual: Asked, places: Places, values: ValueComparison) -> Iterator[Finding]:
    """How two bodies differ: by structure where both are JSON, or forms of the same kind."""
    may_mean_others = values.bindings.has_displaced or places.has_fields
    if recorded.body == actual.body and not (may_mean_others and recorded.body):
        return
    if recorded.json is not NOT_JSON and actual.json is not NOT_JSON:
        # A line is named as an item of an array is.
        lines = in_lines(recorded.json), in_lines(actual.json)
        pair = (recorded.json, actual.json) if None in lines else lines
        yield from structural_findings("body", *pair, place_of=places.field, leaf=values.finding)
    elif recorded.form is not None and actual.form is not None:
        yield from pair_findings("body", recorded.form, actual.form, places.field, values)
    elif recorded.parts is not None and actual.parts is not None:
        comparison = PartComparison(places, values, payload_findings, summary)
        yield from comparison.findings("body", recorded.content_type, recorded.parts, actual.parts)
    else:
        yield from payload_findings("body", recorded.body, actual.body, values)


def payload_findings(path: str, recorded: bytes, actual: bytes, values: ValueComparison) -> Iterator[Finding]:
    """How two payloads that are no JSON differ: as texts if both are, else in size and hash."""
    if recorded == actual and not values.bindings.has_displaced:
        return
    texts = _text(recorded), _text(actual)
    if _is_long_blob(recorded, actual):
        if recorded != actual:
            yield Finding(path, summary(recorded), summary(actual))
        return
    if texts[0] is None or texts[1] is None:
        # In bytes that are no text, too, there may be placeholders and values that are made anew.
        if values.finding(path, None, recorded.decode("latin-1"), actual.decode("latin-1")) is not None:
            yield Finding(path, summary(recorded), summary(actual))
        return
    finding = values.finding(path, None, *texts)
    if finding is not None:
        yield finding


def _is_long_blob(recorded: bytes, actual: bytes) -> bool:
    return max(len(recorded), len(actual)) > 1_000_000


def _text(payload: bytes) -> str | None:
    try:
        return payload.decode()
    except UnicodeDecodeError:
        return None


def summary(payload: bytes) -> str:
    """Bytes in a few words."""
    if not payload:
        return "no bytes"
    return f"{len(payload)} bytes, sha256 {hashlib.sha256(payload).hexdigest()[:12]}"
