"""`compare`: how a fresh recording differs in shape from a recorded one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final, Literal

from harness.cassette.model import Cassette
from harness.compare.closely import orders_of, reordered
from harness.compare.json_fields import JsonFields, differing
from harness.compare.shape import ExchangeShape, shape
from harness.printable import one_line
from harness.profile import ServiceProfile

_RED, _GREEN, _PLAIN = "\x1b[31m", "\x1b[32m", "\x1b[0m"
_MOST_LISTED: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that differs.

    Attributes:
        kind: ``new``: the fresh recording has a further field, which clients should ignore. ``changed``: all others.
        where: Exchange, event, field.
        recorded: The value in the recorded cassette.
        fresh: The value in the fresh one.
    """

    kind: Literal["new", "changed"]
    where: str
    recorded: str
    fresh: str

    def __str__(self) -> str:
        return one_line(f"{self.kind}: {self.where}: recorded {self.recorded}, now {self.fresh}", 500)


@dataclass(frozen=True, slots=True)
class Comparison:
    """The outcome of a comparison.

    Attributes:
        differences: The differences, in the order of the recorded cassette.
    """

    differences: tuple[Difference, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing changed; new fields are allowed."""
        return all(each.kind == "new" for each in self.differences)

    def text(self, *, color: bool = False) -> str:
        """The differences, one a line; names, types and statuses only, never values of messages."""
        if not self.differences:
            return "The shape is as recorded.\n"
        lines = [_shaded(each, color=color) for each in self.differences[:_MOST_LISTED]]
        if len(self.differences) > _MOST_LISTED:
            lines.append(f".. and {len(self.differences) - _MOST_LISTED} more")
        return "\n".join(lines) + "\n"


def _shaded(difference: Difference, *, color: bool) -> str:
    shade = _GREEN if difference.kind == "new" else _RED
    return f"{shade}{difference}{_PLAIN}" if color else str(difference)


def compare(recorded: Cassette, fresh: Cassette, profile: ServiceProfile, *, closely: bool = False) -> Comparison:
    """Compare the shapes of two recordings of one scenario.

    | compared | not compared |
    |---|---|
    | calls in order, with statuses and content types | texts, ids, times |
    | events on each socket in order, both directions, and its end | which side closes first after a turn |
    | JSON fields and their types | repetitions of an event (`harness.profile.ServiceProfile.milestones`) |

    Args:
        recorded: The expected recording.
        fresh: The recording to check.
        profile: Of the service.
        closely: Whether to compare the order of keys and the service's running numbers, too.
    """
    old = [shape(each, profile) for each in recorded.exchanges]
    new = [shape(each, profile) for each in fresh.exchanges]
    return Comparison(tuple(_session(old, new, closely=closely)))


def _session(old: Sequence[ExchangeShape], new: Sequence[ExchangeShape], *, closely: bool) -> Iterator[Difference]:
    matcher = SequenceMatcher(None, [each.label for each in old], [each.label for each in new], autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            for i, j in zip(range(i1, i2), range(j1, j2), strict=True):
                where = f"exchange {i + 1} ({old[i].label})"
                yield from _exchange(where, old[i], new[j])
                yield from _close_up(where, old[i], new[j]) if closely else ()
            continue
        for i in range(i1, i2):
            yield Difference(kind="changed", where=f"exchange {i + 1}", recorded=old[i].label, fresh="missing")
        for j in range(j1, j2):
            yield Difference(kind="changed", where=f"after exchange {i2}", recorded="nothing", fresh=new[j].label)


def _exchange(where: str, old: ExchangeShape, new: ExchangeShape) -> Iterator[Difference]:
    if old.answer != new.answer:
        yield Difference(kind="changed", where=f"{where} answer", recorded=old.answer, fresh=new.answer)
    yield from _runs(where, old.runs, new.runs)
    for name, one, other in _alike(old, new):
        yield from _fields(f"{where} {name}", one, other)


def _close_up(where: str, old: ExchangeShape, new: ExchangeShape) -> Iterator[Difference]:
    for name, one, other in _alike(old, new):
        for path, before, now in reordered(orders_of(one), orders_of(other)):
            yield Difference(kind="changed", where=f"{where} {name} {path} keys", recorded=before, fresh=now)
    if old.numbering != new.numbering:
        yield Difference(kind="changed", where=f"{where} numbers", recorded=old.numbering, fresh=new.numbering)


def _alike(old: ExchangeShape, new: ExchangeShape) -> Iterator[tuple[str, list[object], list[object]]]:
    """Name and both sides' values of each part that both shapes have."""
    yield "request", _listed(old.asked), _listed(new.asked)
    if old.answer == new.answer:
        yield "response", _listed(old.body), _listed(new.body)
    for name, messages in old.events.items():
        if name in new.events:
            yield name, messages, new.events[name]


def _listed(value: object) -> list[object]:
    return [] if value is None else [value]


def _fields(where: str, old: Iterable[object], new: Iterable[object]) -> Iterator[Difference]:
    for kind, path, recorded, fresh in differing(JsonFields(old), JsonFields(new)):
        yield Difference(
            kind="new" if kind == "new" else "changed", where=f"{where} {path}", recorded=recorded, fresh=fresh
        )


def _runs(where: str, old: Sequence[str], new: Sequence[str]) -> Iterator[Difference]:
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            yield Difference(
                kind="changed",
                where=f"{where} event {i1 + 1}",
                recorded=", ".join(old[i1:i2]) or "nothing",
                fresh=", ".join(new[j1:j2]) or "nothing",
            )
