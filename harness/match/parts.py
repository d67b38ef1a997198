"""The places in which two multipart bodies differ, whatever their boundaries."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from harness.framing.bodies import media_type, parse_body
from harness.framing.json_values import NOT_JSON
from harness.match.forms import Part, parse_multipart
from harness.match.json_diff import ABSENT, RawDifference, structural_findings
from harness.match.places import Places
from harness.match.values import ValueComparison

Payloads: TypeAlias = Callable[[str, bytes, bytes, ValueComparison], Iterator[RawDifference]]
"""Compares two payloads that are not JSON; the first argument is their path."""
_MOST_NESTED = 8
_Pair: TypeAlias = tuple[int, Part | None, Part | None]
"""Two corresponding parts, one of which may be absent, and their index."""


class PartComparison:
    """Compares bodies in parts.

    Args:
        payloads: Compares contents that are not JSON.
        summary: Describes bytes in a few words.
    """

    def __init__(
        self, places: Places, values: ValueComparison, payloads: Payloads, summary: Callable[[bytes], str]
    ) -> None:
        self._places = places
        self._values = values
        self._payloads = payloads
        self._summary = summary

    def findings(
        self, path: str, content_type: str, recorded: Sequence[Part], actual: Sequence[Part], depth: int = 0
    ) -> Iterator[RawDifference]:
        """The differences of two bodies. In a form, parts of different names may come in any order.

        Args:
            path: Of the bodies.
            content_type: Of the recorded one.
        """
        is_form = media_type(content_type) == "multipart/form-data"
        for i, one, other in _by_name(recorded, actual) if is_form else _by_order(recorded, actual):
            name = (one.name if one is not None else other.name if other is not None else "") if is_form else ""
            place = f"{path}.{name}" if name else f"{path}.parts[{i}]"
            if one is None or other is None:
                if not self._values.ignores(place):
                    yield RawDifference(place, self._described(one), self._described(other))
            elif self._values.is_named(place):
                yield from self._as_named(place, one, other)
            else:
                yield from self._compared(place, one, other, depth, content=place if name else f"{place}.content")

    def _as_named(self, path: str, one: Part, other: Part) -> Iterator[RawDifference]:
        """The differences of two parts at a place that the user named: the content of each is compared as one value."""
        finding = self._values.finding(path, None, *(_as_text(part.content) for part in (one, other)))
        if finding is not None:
            yield finding

    def _compared(self, path: str, one: Part, other: Part, depth: int, *, content: str) -> Iterator[RawDifference]:
        for field in ("name", "content_type"):
            if getattr(one, field) != getattr(other, field):
                yield RawDifference(f"{path}.{field}", getattr(one, field), getattr(other, field))
        # Clients name what they upload by a generated id, or by its temporary file; a batch's answer repeats the ids.
        for field in ("filename", "content_id"):
            names = (ABSENT if getattr(part, field) is None else getattr(part, field) for part in (one, other))
            finding = self._values.finding(f"{path}.{field}", None, *names)
            if finding is not None:
                yield finding
        yield from self._contents(path, one, other, depth, content)

    def _contents(self, path: str, one: Part, other: Part, depth: int, content: str) -> Iterator[RawDifference]:
        place = self._places.field(one.name)
        if place is not None and one.filename is None:
            texts = (part.content.decode("utf-8", "replace") for part in (one, other))
            finding = self._values.finding(content, place, *texts)
            if finding is not None:
                yield finding
            return
        may_mean_others = self._places.has_fields or self._values.bindings.has_displaced
        if one.content == other.content and not may_mean_others:
            return
        inner = [parse_multipart(part.full_type, part.content) for part in (one, other)]
        if inner[0] is not None and inner[1] is not None and depth < _MOST_NESTED:
            yield from self.findings(path, one.full_type, inner[0], inner[1], depth + 1)
            return
        parsed = [parse_body(part.full_type, part.content) for part in (one, other)]
        if NOT_JSON not in parsed:
            yield from structural_findings(
                content, *parsed, place_of=self._places.field, leaf=self._values.finding, renamed=self._values.renamed
            )
            return
        yield from self._payloads(content, one.content, other.content, self._values)

    def _described(self, part: Part | None) -> object:
        if part is None:
            return ABSENT
        return f"{part.name} ({part.content_type or 'text'}, {self._summary(part.content)})"


def _as_text(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _by_order(recorded: Sequence[Part], actual: Sequence[Part]) -> Iterator[_Pair]:
    for i in range(max(len(recorded), len(actual))):
        yield i, recorded[i] if i < len(recorded) else None, actual[i] if i < len(actual) else None


def _by_name(recorded: Sequence[Part], actual: Sequence[Part]) -> Iterator[_Pair]:
    waiting: dict[str, list[tuple[int, Part]]] = {}
    for j, part in enumerate(actual):
        waiting.setdefault(part.name, []).append((j, part))
    for i, part in enumerate(recorded):
        of_name = waiting.get(part.name)
        yield i, part, of_name.pop(0)[1] if of_name else None
    yield from ((j, None, part) for j, part in sorted((each for rest in waiting.values() for each in rest), key=_first))


def _first(each: tuple[int, Part]) -> int:
    return each[0]
