"""`Finding`: one thing that a recording shows otherwise than it was learnt."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias, get_args

Grade: TypeAlias = Literal["breaking", "new", "harmless"]
"""``breaking``: something that our client reads is gone or changed. ``new``: there is more than was known.
``harmless``: what nobody reads is gone or changed."""
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
        grade: What it means for our client.
        kind: What kind of change it is.
        where: Method and path, or ``socket`` and path; ids as ``{id}``.
        what: The part of it: ``answer 200``, ``request``, ``< appendText``.
        field: Path in the JSON (``a.b[].c``), or empty.
        text: What has changed, for people; no value of a message but words of closed sets.
        seen: Names of the recordings that show it.
    """

    grade: Grade
    kind: Kind
    where: str
    what: str = ""
    field: str = ""
    text: str
    seen: tuple[str, ...] = ()


def merged(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The same finding in several recordings as one; the worst first, else in the order of their discovery.

    Of an event that is gone or moved in several kinds of turns the worst is kept.
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
