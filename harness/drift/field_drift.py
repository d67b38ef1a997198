"""Drift at one place: the fields of a body or an event, their types, the values of closed sets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from harness.compare.json_fields import ROOT, JsonFields, shown
from harness.drift.findings import Finding, Grade, Kind
from harness.drift.observing import Place, closed_values
from harness.drift.reads import Field

_ANY: Final = frozenset[str]()


class FieldDrift:
    """Compares JSON values of recordings to grade with those of the recordings to learn from, at one place.

    Args:
        place: Label and part of an exchange; see `harness.drift.observing.Place`.
        learnt: The values of the recordings to learn from; may be empty.
        reads: Path of a field that our client reads -> how it reads it.
        closed: Names of fields with a closed set of values.
        addition: Grade of an additional field or value.
    """

    def __init__(
        self,
        place: Place,
        learnt: Sequence[object],
        reads: Mapping[str, Field],
        closed: frozenset[str],
        addition: Grade = "new",
    ) -> None:
        self._place = place
        self._learnt = learnt
        self._old = JsonFields(learnt)
        self._reads = reads
        self._closed = closed
        self._addition: Grade = addition
        self._words = {pair for value in learnt for pair in closed_values(value, closed)}

    def findings(self, values: Sequence[object], name: str) -> Iterator[Finding]:
        """The differences in the values of one recording.

        Args:
            values: The values.
            name: Name of the recording.
        """
        new = JsonFields(values)
        if self._learnt:
            yield from self._gone(new, name)
            yield from self._more(new, name)
        yield from self._unreadable(new, name)
        yield from self._retyped(new, name)
        known = {path for path, _ in self._words}
        for path, word in dict.fromkeys(pair for value in values for pair in closed_values(value, self._closed)):
            if (path, word) not in self._words and path in known:
                yield self._finding(self._addition, "value-new", path, f"a new value: {word}", name)

    def _gone(self, new: JsonFields, name: str) -> Iterator[Finding]:
        for path in sorted(self._old.always - new.always):
            parent = path.rpartition("/")[0]
            if "object" not in new.types.get(parent or ROOT, _ANY):
                continue  # of a missing part, only the part is reported
            where = shown(path)
            now = "is gone" if path not in new.types else "is sometimes missing"
            times = len(self._learnt)
            values = "value" if times == 1 else "values"
            text = f"{now}; it was always there ({times} {values}){self._successor(path, new)}"
            yield self._finding("breaking" if where in self._reads else "harmless", "field-gone", where, text, name)

    def _successor(self, path: str, new: JsonFields) -> str:
        """The new field that may replace a missing one, as a question for people."""
        parent, types = path.rpartition("/")[0], self._old.types[path]
        successors = [
            each
            for each in sorted(new.types.keys() - self._old.types.keys())
            if each.rpartition("/")[0] == parent and new.types[each] & types
        ]
        return f"; is it {shown(successors[0])} now?" if len(successors) == 1 and path not in new.types else ""

    def _more(self, new: JsonFields, name: str) -> Iterator[Finding]:
        for path in sorted(new.types.keys() - self._old.types.keys()):
            parent = path.rpartition("/")[0]
            is_item = path.endswith("[]")
            if is_item or (parent and parent not in self._old.types):
                continue  # of a new part, only the part is reported
            types = " or ".join(sorted(new.types[path]))
            yield self._finding(self._addition, "field-new", shown(path), f"is new; {types}", name)

    def _retyped(self, new: JsonFields, name: str) -> Iterator[Finding]:
        for path, types in sorted(new.types.items()):
            before, where = self._old.types.get(path), shown(path)
            if before is None or types <= before:
                continue
            reads = self._reads.get(where)
            if reads is not None and not types <= reads.types:
                continue  # reported by `_unreadable`
            text = f"was {' or '.join(sorted(before))}, is {' or '.join(sorted(types - before))}"
            breaks = where == ROOT and bool(self._reads)
            yield self._finding("breaking" if breaks else "harmless", "type-changed", where, text, name)

    def _unreadable(self, new: JsonFields, name: str) -> Iterator[Finding]:
        """Types that our client cannot read, unless the learnt recordings had them, too."""
        for where, reads in self._reads.items():
            path = _path(where)
            types = new.types.get(path, _ANY)
            odd = types - reads.types - self._old.types.get(path, _ANY)
            if odd:
                text = f"is {' or '.join(sorted(odd))}; our client reads {' or '.join(sorted(reads.types))}"
                yield self._finding("breaking", "type-changed", where, text, name)
            parent = path.rpartition("/")[0]
            is_there = "object" in new.types.get(parent or ROOT, _ANY)
            if reads.required and is_there and path not in new.always and not self._learnt:
                yield self._finding("breaking", "field-gone", where, "is missing; our client requires it", name)

    def _finding(self, grade: Grade, kind: Kind, field: str, text: str, name: str) -> Finding:
        where, what = self._place
        return Finding(grade=grade, kind=kind, where=where, what=what, field=field, text=text, seen=(name,))


def _path(where: str) -> str:
    """A dotted path such as ``a.b`` in the notation of `JsonFields`: ``/a/b``."""
    return "/" + where.replace(".", "/")
