"""The option that a report suggests where all differing values look generated."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from harness.match.compare import FieldDifference
from harness.match.named_places import place_of

_SEGMENT: Final = re.compile(r"path\[\d+\]")


def volatile_places(found: Sequence[FieldDifference]) -> tuple[str, ...]:
    """The places of differences, as options name them, if all their values may be generated; else empty."""
    places = [_places_of(each) if each.may_vary else [] for each in found]
    return tuple(dict.fromkeys(place for some in places for place in some)) if all(places) else ()


def _places_of(difference: FieldDifference) -> list[str]:
    if difference.field == "path":
        # Paths are shown whole; the note says which segments differ.
        return _SEGMENT.findall(difference.note)
    place = place_of(difference.field)
    return [] if place is None else [place]


def option_for(places: Iterable[str]) -> str:
    """The hint for generated values at these places; empty if there are no places."""
    options = " ".join(f"--bind {_quoted(place)}" for place in places)
    return f"If these values differ in each run: {options} (or `bind` in the test's configuration)" if options else ""


def _quoted(place: str) -> str:
    return f"'{place}'" if any(each in "[]*" for each in place) else place
