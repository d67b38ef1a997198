"""Times as HARs write them, as whole microseconds since 1970."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from harness.har.errors import HarFieldError
from harness.har.fields import Fields

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_BEFORE_THE_HEAD: Final = ("blocked", "dns", "connect", "send", "wait")
# Seconds, milliseconds, microseconds since 1970. A date from 1973 to 5138 in one lies before 1973 in the next.
_UNITS: Final = ((1e14, 1.0), (1e11, 1e3), (1e8, 1e6))
_MAX_DATE: Final = 80
_LARGEST: Final = 1e17
LONGEST: Final = 10**14
"""Microseconds, about three years: a longer duration is a date, or invalid."""
_DATE: Final = re.compile(
    r"(?P<date>\d{4}[-/]\d{1,2}[-/]\d{1,2})(?:T|t|\s+)(?P<hour>\d{1,2}):(?P<minute>\d{2})"
    r"(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d+))?)?"
    r"\s*(?P<half>[AaPp])?(?:\.?[Mm]\.?)?\s*(?P<zone>Z|z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?"
)
"""ISO 8601, and its variants in exports: blanks, slashes, single digits, AM and PM."""
_OF_JAVASCRIPT: Final = re.compile(
    r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) (\d{2}) (\d{4}) (\d{2}:\d{2}:\d{2}) GMT([+-]\d{4}).*"
)
_OF_DOTNET: Final = re.compile(r"/Date\((\d{1,16})(?:[+-]\d{4})?\)/")


@dataclass(frozen=True, slots=True)
class EntryStart:
    """When an entry began.

    Attributes:
        at: Microseconds since 1970.
        rounded: Whether the file gives it in milliseconds or coarser.
    """

    at: int
    rounded: bool


@dataclass(frozen=True, slots=True)
class EntryTimings:
    """How long the parts of an entry took, microseconds after it began.

    Attributes:
        head: The response's first byte.
        end: The response's last byte.
        known: Whether the exporter writes both.
    """

    head: int
    end: int
    known: bool


def started(entry: Fields) -> EntryStart | None:
    """When the entry began; None if the date is missing, or has no known form."""
    value = entry.raw("startedDateTime")
    if value is None:
        return None
    if not isinstance(value, str):
        entry.note("startedDateTime")
    found = read_date(value)
    if found is None:
        entry.note("startedDateTime")
    return found


def read_date(value: object) -> EntryStart | None:
    """A date of ISO 8601, of an e-mail or of JavaScript's ``toString``, or a number since 1970; None for others.

    Returns None for dates before 1970: no session is that old.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = value.strip()[:_MAX_DATE] if isinstance(value, str) else ""
    if of_dotnet := _OF_DOTNET.fullmatch(text):
        text = of_dotnet[1]
    number = _number(text) if isinstance(value, str) else float(value) if abs(value) < _LARGEST else None
    if number is not None:
        at = _since_1970(number)
        return None if at is None else EntryStart(at, rounded=at % 1000 == 0)
    try:
        found = _iso(text) or _other(text)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
    return found if found.at >= 0 else None


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _iso(text: str) -> EntryStart | None:
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    year, month, day = map(int, re.split("[-/]", match["date"]))
    hour, fraction = int(match["hour"]), match["fraction"] or ""
    if match["half"]:
        hour = hour % 12 + (12 if match["half"] in "Pp" else 0)
    micros = int(fraction[:6].ljust(6, "0")) if fraction else 0
    zone = match["zone"] or "Z"
    moment = datetime(year, month, day, hour, int(match["minute"]), int(match["second"] or 0), micros, UTC)
    return EntryStart((moment - _EPOCH) // _MICROSECOND - _offset(zone), rounded=micros % 1000 == 0)


def _offset(zone: str) -> int:
    """The offset of a time zone from UTC in microseconds; positive east of Greenwich."""
    if zone[0] not in "+-":
        return 0
    digits = zone[1:].replace(":", "").ljust(4, "0")
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    return (minutes if zone[0] == "+" else -minutes) * 60_000_000


def _other(text: str) -> EntryStart:
    if of_javascript := _OF_JAVASCRIPT.fullmatch(text):
        month, day, year, time, zone = of_javascript.groups()
        text = f"{day} {month} {year} {time} {zone}"
    moment = parsedate_to_datetime(text)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return EntryStart((moment - _EPOCH) // _MICROSECOND, rounded=True)


def written(at: int) -> str:
    """Microseconds since 1970 as a ``startedDateTime``, exactly.

    Raises:
        OverflowError: It is after the year 9999.
    """
    return (_EPOCH + at * _MICROSECOND).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def spans(entry: Fields) -> EntryTimings:
    """Durations of the entry's parts. Without a time of its own, the head counts as received with the body's end."""
    timings = entry.object("timings")
    total = max(0.0, entry.number("time"))
    receive = timings.number("receive")
    before = sum(max(0.0, timings.number(name)) for name in _BEFORE_THE_HEAD)
    if timings.number("wait") < 0:
        end = microseconds(max(total, before + max(0.0, receive)))
        return EntryTimings(end, end, known=False)
    head = microseconds(before)
    return EntryTimings(head, max(head, microseconds(before + max(0.0, receive))), known=receive >= 0)


def microseconds(milliseconds: float) -> int:
    """Milliseconds as whole microseconds; no more than `LONGEST`."""
    return min(LONGEST, round(milliseconds * 1000))


def message_time(message: Fields) -> int | None:
    """When a message was sent, microseconds since 1970, whatever the exporter's unit; None if it is missing."""
    value = message.raw("time")
    if isinstance(value, str) and _number(value) is None:
        found = read_date(value)
        message.note("time")
        return None if found is None else found.at
    return _since_1970(message.number("time"))


def _since_1970(number: float) -> int | None:
    return next((round(number * factor) for least, factor in _UNITS if least <= number <= least * 1e5), None)


def moment(text: str, where: str) -> int:
    """A cassette's ``recorded.at``, microseconds since 1970.

    Raises:
        HarFieldError: The text is not a date.
    """
    found = read_date(text)
    if found is None:
        raise HarFieldError("expected a date such as 2026-11-23T05:00:00.000Z", where)
    return found.at
