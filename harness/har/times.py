"""Times as HARs write them, as whole microseconds since 1970."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from harness.har.fields import Fields

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_FINER_THAN_MILLISECONDS: Final = re.compile(r"\.\d{3}\d*[1-9]")
_BEFORE_THE_HEAD: Final = ("blocked", "dns", "connect", "send", "wait")
# Seconds, milliseconds, microseconds since 1970: what is a date after 1973 in one is none before 5138 in the next.
_UNITS: Final = ((1e14, 1.0), (1e11, 1e3), (1e8, 1e6))


@dataclass(frozen=True, slots=True)
class Started:
    """When an entry began.

    Attributes:
        at: Microseconds since 1970.
        rounded: Whether that is told in milliseconds or coarser.
    """

    at: int
    rounded: bool


@dataclass(frozen=True, slots=True)
class Spans:
    """How long the parts of an entry took, microseconds after it began.

    Attributes:
        head: The answer's first byte.
        end: The answer's last byte.
        known: Whether the exporter tells both.
    """

    head: int
    end: int
    known: bool


def started(entry: Fields) -> Started:
    """When the entry began.

    Raises:
        HarFieldError: It does not say, or not as ISO 8601 does.
    """
    text = entry.text("startedDateTime")
    try:
        moment = datetime.fromisoformat(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        at = (moment - _EPOCH) // _MICROSECOND
    except (ValueError, OverflowError) as error:
        raise entry.wrong("startedDateTime", "expected a date such as 2026-11-23T05:00:00.000Z") from error
    return Started(at, _FINER_THAN_MILLISECONDS.search(text) is None)


def written(at: int) -> str:
    """Microseconds since 1970 as a ``startedDateTime``, exactly.

    Raises:
        OverflowError: It is after the year 9999.
    """
    return (_EPOCH + at * _MICROSECOND).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def spans(entry: Fields) -> Spans:
    """How long its parts took; where the head's time is not told, it comes with the body's end."""
    timings = entry.object("timings")
    total = max(0.0, entry.number("time"))
    receive = timings.number("receive")
    before = sum(max(0.0, timings.number(name)) for name in _BEFORE_THE_HEAD)
    if timings.number("wait") < 0:
        end = microseconds(max(total, before + max(0.0, receive)))
        return Spans(end, end, known=False)
    head = microseconds(before)
    return Spans(head, max(head, microseconds(before + max(0.0, receive))), known=receive >= 0)


def microseconds(milliseconds: float) -> int:
    """Milliseconds as whole microseconds."""
    return round(milliseconds * 1000)


def message_time(message: Fields) -> int | None:
    """When a message passed, microseconds since 1970, whatever the exporter's unit; None if it does not tell."""
    time = message.number("time")
    return next((round(time * factor) for least, factor in _UNITS if time >= least), None)


def moment(text: str, where: str) -> int:
    """A cassette's ``recorded.at``, microseconds since 1970.

    Raises:
        HarFieldError: It is no date.
    """
    return started(Fields({"startedDateTime": text}, where)).at
