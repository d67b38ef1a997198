"""The differences between what two clients sent at corresponding steps, each at a place that options can name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from harness.match.bindings import Bindings
from harness.match.compare import Rules, message_findings
from harness.match.json_diff import ABSENT, RawDifference
from harness.match.lenience import Lenience
from harness.match.named_places import NamedPlace, PlaceError, place_of
from harness.match.request import ParsedMessage, ParsedRequest
from harness.match.request_diff import request_findings
from harness.match.values import ValueComparison
from harness.suggest.client_run import Sent

_INNER: Final = re.compile(r"\[\d+\](?=[.\[])")
_SEGMENT: Final = re.compile(r"path\[(\d+)\]")
_ROOT: Final = re.compile(r"(json|message)(\[\d+\])?")
_LAST: Final = re.compile(r"\.?[^.\[\]]+$")


def differences(step: Sent, rules: Rules, bindings: Bindings, lenience: Lenience | None) -> list[RawDifference]:
    """The differences between what the clients of two takes sent at one step.

    A field that only one take has, beside one that only the other has, shows that a name is generated: the difference
    is then one of the whole object that contains both.

    Args:
        step: What two clients sent.
        rules: How to compare.
        bindings: Grows with what a lenient comparison binds.
        lenience: What may differ; None for nothing.
    """
    return list(_with_names_joined(_found(step, rules, bindings, lenience)))


def _found(step: Sent, rules: Rules, bindings: Bindings, lenience: Lenience | None) -> Iterator[RawDifference]:
    values = ValueComparison(bindings, rules.home, rules.named, lenience)
    recorded, actual = step.recorded, step.actual
    if isinstance(recorded, ParsedRequest) and isinstance(actual, ParsedRequest):
        for finding in request_findings(recorded, actual, rules.places, values):
            if finding.path != "path" or not finding.note:
                yield finding
                continue
            # A path is one difference, whose note names the segments.
            for number in map(int, _SEGMENT.findall(finding.note)):
                yield RawDifference(f"path[{number}]", recorded.segments[number + 1], actual.segments[number + 1])
    elif isinstance(recorded, ParsedMessage) and isinstance(actual, ParsedMessage):
        found = message_findings(recorded, actual, rules.places, values)
        # The event's name stands in a field, too.
        yield from (each for each in found if each.path != "event")


def _with_names_joined(found: Iterable[RawDifference]) -> Iterator[RawDifference]:
    every = list(found)
    gone = Counter(_parent(each.path) for each in every if each.actual is ABSENT)
    come = Counter(_parent(each.path) for each in every if each.recorded is ABSENT)
    renamed = {parent for parent, count in gone.items() if come[parent] == count}
    for each in every:
        parent = _parent(each.path)
        if parent not in renamed or ABSENT not in (each.recorded, each.actual):
            yield each
        elif each.actual is ABSENT:
            yield RawDifference(parent, {}, {}, note="names")


def _parent(path: str) -> str:
    return _LAST.sub("", path)


def named(finding: RawDifference, step: Sent) -> tuple[str, str]:
    """The place of a difference as options write it, empty if they cannot, and how to call it."""
    is_message = isinstance(step.actual, ParsedMessage)
    if finding.note == "names" and finding.path in {"", "body"}:
        return "", f"the names of the fields of a {'message' if is_message else 'body'}"
    if place_of(finding.path) is None or finding.path == "path":
        return "", f"the {finding.path} of a {'message' if is_message else 'request'}"
    place = _spelled(finding.path, step)
    root = _ROOT.match(place)
    if root is not None:
        # Inner objects are items of a list; a last index is often the position of an argument.
        place = root[0] + _INNER.sub("[*]", place[root.end() :]) if is_message else _INNER.sub("[*]", place)
    try:
        NamedPlace.parse(place, "ignore")
    except PlaceError:
        return "", f"{finding.path} of a {'message' if is_message else 'request'}"
    return place, place


def _spelled(path: str, step: Sent) -> str:
    if isinstance(step.actual, ParsedMessage):
        return ("message" if path.startswith("[") else "message.") + path
    if not path.startswith(("body.", "body[")):
        return place_of(path) or path
    if step.actual.form is not None or step.actual.parts is not None:
        return "form." + re.sub(r"\[\d+\]$", "", path[len("body.") :])
    return "json" + path[len("body") :]
