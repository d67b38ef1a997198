"""The age of a cassette and its limit: the longer ago a recording was made, the more the service may have changed."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from harness.cassette.model import Cassette

_AGE: Final = re.compile(r"\s*([0-9]{1,6})\s*(h|d|w|y)[a-z]*\s*", re.IGNORECASE)
_UNITS: Final = {
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
    "y": timedelta(days=365),
}


def read_age(text: str) -> timedelta | None:
    """An age such as ``36h``, ``90d``, ``12w`` or ``1y``; None for other texts."""
    match = _AGE.fullmatch(text)
    if match is None:
        return None
    try:
        return int(match[1]) * _UNITS[match[2].lower()]
    except OverflowError:
        return None


def age_of(cassette: Cassette, now: datetime) -> timedelta:
    """How long ago the cassette was recorded; never negative, although clocks differ."""
    recorded = datetime.fromisoformat(cassette.recorded.at).astimezone(UTC)
    return max(timedelta(), now - recorded)


def too_old(cassette: Cassette, most: timedelta, now: datetime) -> str:
    """A sentence which says that a cassette is older than ``most``, and what to do; empty if it is not older."""
    age = age_of(cassette, now)
    if age <= most:
        return ""
    when = f"recorded {_words(age)} ago, on {cassette.recorded.at[:10]}"
    return f"{when}; at most {_words(most)} are allowed: record it again"


def _words(age: timedelta) -> str:
    if age < timedelta(days=2):
        return f"{age // timedelta(hours=1)} hours"
    return f"{age.days} days"
