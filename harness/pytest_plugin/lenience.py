"""`AcceptedDifferences`: differences that successful replays accepted, for the lines at the end of a session."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.replay.report import Report, named_place

_MOST_LISTED = 50


@dataclass(slots=True)
class AcceptedDifferences:
    """The accepted differences of one cassette, in one run.

    Attributes:
        places: Where the player bound generated values, in the notation of ``bind``, and how often.
        tests: Ids of the tests in which it bound them.
        relaxed: Differences that the cassette's own head allows, as options.
        notes: Ambiguities that the player resolved.
    """

    places: Counter[str] = field(default_factory=Counter[str])
    tests: set[str] = field(default_factory=set[str])
    relaxed: tuple[str, ...] = ()
    notes: dict[str, None] = field(default_factory=dict[str, None])

    def take(self, report: Report, tests: Iterable[str]) -> None:
        """Add the accepted differences of a successful replay."""
        self.notes.update(dict.fromkeys(report.notes))
        if report.bound:
            self.places.update(f"{named_place(each.place)} ({each.look})" for each in report.bound)
            self.tests.update(tests)

    def pack(self) -> list[Any]:
        """Return everything as plain values, which xdist can send."""
        return [dict(self.places), sorted(self.tests), list(self.relaxed), list(self.notes)]

    def add(self, packed: Iterable[Any]) -> None:
        """Merge what another process packed."""
        places, tests, relaxed, notes = packed
        self.places.update(places)
        self.tests.update(tests)
        self.relaxed = self.relaxed or tuple(relaxed)
        self.notes.update(dict.fromkeys(notes))


def lenience_lines(
    by_cassette: Mapping[Path, AcceptedDifferences], shown: Callable[[Path], str], *, verbose: bool
) -> Iterator[str]:
    """Yield the lines for the end of a session: relaxed heads, the number of bound values, notes.

    Args:
        by_cassette: The differences, by cassette.
        shown: Returns a cassette's path as the user would type it.
        verbose: Whether to list the places.
    """
    every = sorted(by_cassette.items())
    for path, each in every:
        if each.relaxed:
            yield f"wiretape: {shown(path)} is relaxed by its head: {' '.join(each.relaxed)}"
    count = sum(each.places.total() for _, each in every)
    if count:
        tests = len(set[str]().union(*(each.tests for _, each in every)))
        more = "" if verbose else " (-v lists the places)"
        yield f"wiretape: {_counted(count, 'generated value')} bound in {_counted(tests, 'test')}{more}"
    if count and verbose:
        for path, each in every:
            yield from (
                f"  {shown(path)}: {place}, {times} x" for place, times in each.places.most_common(_MOST_LISTED)
            )
    for path, each in every:
        yield from (f"wiretape: note: {shown(path)}: {note}" for note in list(each.notes)[:_MOST_LISTED])


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
