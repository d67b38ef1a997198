"""`comparison_data`: two recordings of a session as the rows that the page shows side by side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Any, Final

from harness.cassette.model import Cassette, SocketExchange
from harness.compare.alignment import AlignedExchanges, AlignedMessages, aligned
from harness.compare.changes import Change
from harness.compare.timeline import TimelineEntry, timeline
from harness.profile import ServiceProfile
from harness.view.session_data import session_data

_LONGEST: Final = 4000
"""Characters of a value that the page shows as changed."""
_MOST_COMPARED: Final = 4_000_000
"""Pairs of a stream's pieces among which equal ones are looked for."""


def comparison_data(one: Cassette, other: Cassette, profile: ServiceProfile, titles: tuple[str, str]) -> dict[str, Any]:
    """What the page shows of two cassettes, as JSON values: `session_data` of the first, ``other`` and ``rows``.

    A row is ``[event, other event, state, changes]``. An event is its number in its session, or -1. The state is
    ``same``, ``changed``, ``part`` (a further piece of a changed text), ``removed`` (only the first recording has it)
    or ``added``. A change is ``[what, field, one, other]``. The rows stand in the order of the first recording.

    Args:
        one: A redacted cassette.
        other: A redacted cassette.
        profile: Of their service.
        titles: Their names.
    """
    parts = [_parts(each, profile) for each in (one, other)]
    groups = [list(_rows(each, *parts)) for each in aligned(one, other, profile)]
    return {
        **session_data(one, profile, titles[0]),
        "other": session_data(other, profile, titles[1]),
        "rows": [_as_data(each) for each in _in_order(groups)],
    }


@dataclass(frozen=True, slots=True)
class _Row:
    """Two events that correspond; -1 where only the other recording has one."""

    one: int
    other: int
    changes: tuple[Change, ...] = ()
    is_changed: bool = False
    is_part: bool = False
    """Whether a row before it has the changes: a further piece of a text."""


@dataclass(slots=True)
class _Parts:
    """The events of one exchange: their numbers in the session, and the data of the streams."""

    request: int = -1
    sent: list[tuple[int, bytes]] = field(default_factory=list[tuple[int, bytes]])
    ends: list[int] = field(default_factory=list[int])
    """Of the answer, and of the exchange's abortion."""
    received: list[tuple[int, bytes]] = field(default_factory=list[tuple[int, bytes]])
    """Pieces of the answer, or all messages of a socket."""

    def all(self) -> list[int]:
        return sorted([self.request, *self.ends, *(at for at, _ in (*self.sent, *self.received))])


def _parts(cassette: Cassette, profile: ServiceProfile) -> list[_Parts]:
    found = [_Parts() for _ in cassette.exchanges]
    for number, entry in enumerate(timeline(cassette, profile, joined=False)):
        own = found[entry.exchange]
        if entry.kind == "request":
            own.request = number
        elif entry.number is None:
            own.ends.append(number)
        elif _is_sent(cassette, entry):
            own.sent.append((number, entry.data))
        else:
            own.received.append((number, entry.data))
    return found


def _is_sent(cassette: Cassette, entry: TimelineEntry) -> bool:
    return entry.direction == ">" and not isinstance(cassette.exchanges[entry.exchange], SocketExchange)


def _rows(pair: AlignedExchanges, one: Sequence[_Parts], other: Sequence[_Parts]) -> Iterator[_Row]:
    """The rows of an exchange; the first row also has the differences of the exchange as a whole."""
    if pair.one is None or pair.other is None:
        events = one[pair.one].all() if pair.one is not None else other[pair.other or 0].all()
        for number, event in enumerate(events):
            sides = (event, -1) if pair.other is None else (-1, event)
            yield _Row(*sides, () if number else pair.changes, is_changed=True)
        return
    mine, yours = one[pair.one], other[pair.other]
    of_request = tuple(each for each in pair.changes if each.what == "target" or each.what.startswith("request "))
    yield _Row(mine.request, yours.request, of_request)
    yield from _stream(mine.sent, yours.sent, of_request)
    of_answer = tuple(each for each in pair.changes if each not in of_request)
    for number, sides in enumerate(zip_longest(mine.ends, yours.ends, fillvalue=-1)):
        yield _Row(*sides, () if number else of_answer)
    if pair.messages:
        yield from _messages(mine, yours, pair.messages)
    else:
        yield from _stream(mine.received, yours.received, of_answer)


def _messages(one: _Parts, other: _Parts, pairs: Iterable[AlignedMessages]) -> Iterator[_Row]:
    for pair in pairs:
        mine = (one.received[number][0] for number in pair.one)
        yours = (other.received[number][0] for number in pair.other)
        for number, sides in enumerate(zip_longest(mine, yours, fillvalue=-1)):
            yield _Row(*sides, () if number else pair.changes, is_changed=bool(pair.changes), is_part=number > 0)


def _stream(
    one: Sequence[tuple[int, bytes]], other: Sequence[tuple[int, bytes]], changes: Iterable[Change]
) -> Iterator[_Row]:
    """The pieces of a body. Those of bodies that do not differ are the same, wherever they were divided."""
    differs = any(each.what.endswith(" body") for each in changes)
    if not differs or len(one) * len(other) > _MOST_COMPARED:
        for mine, yours in zip_longest(one, other):
            sides = (-1 if mine is None else mine[0], -1 if yours is None else yours[0])
            yield _Row(*sides, is_changed=differs and (mine is None or yours is None or mine[1] != yours[1]))
        return
    data = [[piece for _, piece in side] for side in (one, other)]
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, *data, autojunk=False).get_opcodes():
        for mine, yours in zip_longest(one[i1:i2], other[j1:j2]):
            sides = (-1 if mine is None else mine[0], -1 if yours is None else yours[0])
            yield _Row(*sides, is_changed=tag != "equal")


def _in_order(groups: Iterable[Sequence[_Row]]) -> Iterator[_Row]:
    """All rows in the first recording's order; an event that only the second has follows the one before it there."""
    groups = list(groups)
    places = {row.other: row.one for rows in groups for row in rows if row.one >= 0 and row.other >= 0}
    found: list[tuple[int, bool, _Row]] = []
    for rows in groups:
        place = _place_before(rows[0].other, places)
        for row in rows:
            place = row.one if row.one >= 0 else place
            found.append((place, row.one < 0, row))
    found.sort(key=lambda each: each[:2])  # stable: rows after the same event keep their order
    return (row for _, _, row in found)


def _place_before(event: int, places: dict[int, int]) -> int:
    """Number of the first recording's event for the nearest event before ``event`` that has one in both; -1 if none."""
    return next((places[at] for at in range(event - 1, -1, -1) if at in places), -1)


def _as_data(row: _Row) -> list[Any]:
    is_changed = row.is_changed or bool(row.changes)
    state = "changed" if is_changed else "same"
    if is_changed and row.is_part:
        state = "part"
    elif is_changed and min(row.one, row.other) < 0:
        state = "added" if row.one < 0 else "removed"
    changes = [[each.what, each.field, each.one[:_LONGEST], each.other[:_LONGEST]] for each in row.changes]
    return [row.one, row.other, state, changes]
