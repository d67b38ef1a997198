"""`Lenience`: what replays let differ although nothing went wrong, for the end of a session."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.replay.report import Report, named_place

_MOST_LISTED = 50


@dataclass(slots=True)
class Lenience:
    """Of one cassette, in one run.

    Attributes:
        places: Where generated values were bound, as people write it, and how often.
        tests: Ids of the tests in which that happened.
        relaxed: What the cassette's own head lets differ, as options.
        notes: What the player had to decide.
    """

    places: Counter[str] = field(default_factory=Counter[str])
    tests: set[str] = field(default_factory=set[str])
    relaxed: tuple[str, ...] = ()
    notes: dict[str, None] = field(default_factory=dict[str, None])

    def take(self, report: Report, tests: Iterable[str]) -> None:
        """A replay went well."""
        self.notes.update(dict.fromkeys(report.notes))
        if report.bound:
            self.places.update(f"{named_place(each.place)} ({each.look})" for each in report.bound)
            self.tests.update(tests)

    def pack(self) -> list[Any]:
        """The same in plain values."""
        return [dict(self.places), sorted(self.tests), list(self.relaxed), list(self.notes)]

    def add(self, packed: Iterable[Any]) -> None:
        """Take in what another process packed."""
        places, tests, relaxed, notes = packed
        self.places.update(places)
        self.tests.update(tests)
        self.relaxed = self.relaxed or tuple(relaxed)
        self.notes.update(dict.fromkeys(notes))


def lenience_lines(
    by_cassette: Mapping[Path, Lenience], shown: Callable[[Path], str], *, verbose: bool
) -> Iterator[str]:
    """What a session says of it: heads that relax, how many values were bound, what had to be decided.

    Args:
        by_cassette: What there is to say.
        shown: How a cassette is called.
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
