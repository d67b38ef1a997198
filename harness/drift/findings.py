"""`Finding`: one difference between a graded recording and those that the protocol was learnt from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias, get_args

Grade: TypeAlias = Literal["breaking", "new", "harmless"]
"""``breaking``: something that our client reads is gone or has changed. ``new``: the service sends more than before.
``harmless``: something that our client does not read is gone or has changed."""
Kind: TypeAlias = Literal[
    "endpoint-new",
    "status-changed",
    "content-type-changed",
    "no-answer",
    "field-gone",
    "field-new",
    "type-changed",
    "value-new",
    "event-gone",
    "event-new",
    "event-moved",
    "event-repeated",
    "message-kind-changed",
    "end-new",
    "numbering-changed",
]
_OF_TURNS: Final = frozenset({"event-gone", "event-moved", "event-repeated"})
GRADES: Final[tuple[Grade, ...]] = get_args(Grade)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One change.

    Attributes:
        grade: Its consequence for our client.
        kind: Kind of change.
        where: Method and path, or ``socket`` and path; ids as ``{id}``.
        what: The part of the exchange: ``answer 200``, ``request``, ``< appendText``.
        field: Path in the JSON (``a.b[].c``), or empty.
        text: The change, for people; shows no value of a message except words of closed sets.
        seen: Names of the recordings with this change.
    """

    grade: Grade
    kind: Kind
    where: str
    what: str = ""
    field: str = ""
    text: str
    seen: tuple[str, ...] = ()


def merged(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Merge equal findings of several recordings; the worst come first, equals in the order of their discovery.

    Of an event that is gone or moved in several kinds of turns, the worst finding remains.
    """
    known: dict[Finding, tuple[Finding, dict[str, None]]] = {}
    for each in findings:
        subject = _subject(each)
        first, seen = known.get(subject, (each, {}))
        worst = min((first, each), key=lambda one: GRADES.index(one.grade))
        known[subject] = (worst, seen | dict.fromkeys(each.seen))
    found = (replace(worst, seen=tuple(seen)) for worst, seen in known.values())
    return tuple(sorted(found, key=lambda each: GRADES.index(each.grade)))


def _subject(each: Finding) -> Finding:
    if each.kind in _OF_TURNS:
        return replace(each, seen=(), text="", grade="harmless")
    return replace(each, seen=())
