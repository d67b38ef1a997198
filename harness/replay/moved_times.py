"""`MovedTimes`: moves times that were in the future when recorded, so that they are as far in the future in a replay.

It moves dates that a client compares with its own clock: the ``Expires`` of cookies and responses, ``Date``, and the
fields of bodies that the profile names. Past dates stay: they delete a cookie, or forbid caching. ``Max-Age``,
``expires_in`` and ``Age`` stay, as they are spans; signed values stay, as their signature would become invalid.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

from harness.cassette.model import Cassette, Exchange, Headers
from harness.edits import Edit, Replaced, apply

_SLACK: Final = 60.0
"""Seconds by which a service's clock, of whole seconds, may be behind the recorder's."""
_LATE: Final = 5.0
"""Seconds that a response may travel after its ``Date``."""
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

_WEEKDAY: Final = r"(?P<weekday>(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*)"
_MONTH: Final = "(?P<month>(?:" + "|".join(_MONTHS) + ")[a-z]*)"
_CLOCK: Final = r"(?P<hour>\d{1,2}):(?P<minute>\d\d):(?P<second>\d\d)"
# RFC 9110's IMF-fixdate and RFC 850's date, and Netscape's between them: "Wed, 09-Jun-2027 10:18:14 GMT".
_USUAL: Final = re.compile(
    rf"(?:{_WEEKDAY},?[ ]+)?(?P<day>\d{{1,2}})[ -]{_MONTH}[ -](?P<year>\d{{4}}|\d\d)[ ]+{_CLOCK}"
    r"(?:[ ]*(?:GMT|UTC)?(?P<zone>[+-]\d{4}))?(?!\d)",
    re.IGNORECASE,
)
_ASCTIME: Final = re.compile(
    rf"{_WEEKDAY}[ ]+{_MONTH}[ ](?P<day>[ \d]\d|\d)[ ]+{_CLOCK}[ ]+(?P<year>\d{{4}})(?P<zone>)(?!\d)", re.IGNORECASE
)
_ISO: Final = re.compile(
    rb"(?P<moment>\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)(?:[.,]\d+)?(?P<zone>Z|[+-]\d\d:?\d\d)?", re.IGNORECASE
)
_SINCE_1970: Final = re.compile(rb"(?P<whole>\d{9,14})(?:\.\d+)?")
_MILLISECONDS: Final = 10**11
"""Numbers from here on are milliseconds: as seconds they would be dates after the year 5000."""
_COOKIE_EXPIRES: Final = re.compile(r"(?<=;)(?P<before>\s*expires\s*=\s*\"?)(?P<date>[^;\"]+)", re.IGNORECASE)


class MovedTimes:
    """The times of one response.

    Args:
        began: When the recorded response came, by the cassette's date, in seconds since 1970.
        now: When it is played, in seconds since 1970.
        headers: Those of the recorded response.
        fields: Names of the fields of bodies whose times move, as `harness.profile.plain_name` returns them.

    Attributes:
        shift: Whole seconds by which times move.
    """

    def __init__(self, began: float, now: float, headers: Headers = (), fields: Iterable[str] = ()) -> None:
        self._sent = _date_of_answer(headers)
        self._base = self._moment(began, headers)
        self.shift = math.ceil(now - self._base)
        named = b"|".join(b"[-_]*".join(re.escape(bytes([each])) for each in name.encode()) for name in fields)
        self._field = (
            re.compile(
                rb"(?P<quote>\\*\")(?:" + named + rb")(?P=quote)\s*:\s*"
                rb"(?:(?P<opened>(?P=quote))(?P<text>[^\"\\]{1,64})(?P=quote)|(?P<number>\d{9,14})(?![\d]))",
                re.IGNORECASE,
            )
            if named
            else None
        )

    def headers(self, headers: Headers) -> Headers:
        """Headers with their times moved; all else stays, byte for byte."""
        return tuple((name, self._header(name, value)) for name, value in headers) if self.shift else headers

    def data(self, data: bytes) -> Replaced:
        """A body of text with the times of its fields moved, each in its own format."""
        if self._field is None or not self.shift:
            return Replaced(data)
        edits: list[Edit] = []
        for found in self._field.finditer(data):
            name = "number" if found["text"] is None else "text"
            moved = self._value(found[name])
            if moved != found[name]:
                edits.append(Edit(*found.span(name), moved))
        return apply(data, edits)

    def _moment(self, began: float, headers: Headers) -> float:
        """When the response came: by the cassette, or by its own ``Date`` if that is older.

        A cassette into which several tests record has a single date, that of the last recording.
        """
        sent = self._sent
        if sent is None or sent >= began - _LATE:
            return began
        lay_ahead = any(sent < each <= began for each in _expiries(headers))
        return sent if lay_ahead else began

    def _header(self, name: str, value: str) -> str:
        if name == "set-cookie":
            return _COOKIE_EXPIRES.sub(lambda found: found["before"] + self._date(found["date"]), value)
        if name == "expires":
            return self._date(value)
        if name == "date" and self._sent is not None and self._sent >= self._base - _SLACK:
            return _moved_date(value, self.shift)
        return value

    def _date(self, value: str) -> str:
        at = read_date(value)
        return value if at is None or at <= self._base else _moved_date(value, self.shift)

    def _value(self, value: bytes) -> bytes:
        since_1970 = _SINCE_1970.fullmatch(value)
        if since_1970 is not None:
            whole = int(since_1970["whole"])
            unit = 1000 if whole >= _MILLISECONDS else 1
            if whole / unit <= self._base:
                return value
            moved = b"%d" % (whole + self.shift * unit)
            return moved + value[since_1970.end("whole") :]
        iso = _ISO.fullmatch(value)
        if iso is None:
            return self._date(value.decode("latin-1")).encode("latin-1")
        return self._iso(value, iso)

    def _iso(self, value: bytes, found: re.Match[bytes]) -> bytes:
        text = found["moment"].decode()
        try:
            moment = datetime.fromisoformat(text).replace(tzinfo=UTC)
            at = moment.timestamp() - _offset((found["zone"] or b"").decode())
            moved = moment + timedelta(seconds=self.shift)
        except (ValueError, OverflowError):
            return value
        if at <= self._base:
            return value
        return moved.replace(tzinfo=None).isoformat(text[10]).encode() + value[found.end("moment") :]


def times_of(cassette: Cassette, exchange: Exchange, now: float, fields: Iterable[str]) -> MovedTimes | None:
    """The times of a recorded response; None without a response, or if the cassette has no date."""
    response, began = exchange.response, moment_of(cassette)
    if response is None or began is None:
        return None
    came = began.timestamp() + (exchange.at + response.after) / 1e6
    return MovedTimes(came, now, response.headers, fields)


def moment_of(cassette: Cassette) -> datetime | None:
    """When the session of a cassette began; None if the cassette has no date."""
    try:
        at = datetime.fromisoformat(cassette.recorded.at)
    except ValueError:
        return None
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def read_date(text: str) -> float | None:
    """Seconds since 1970 of a date in any of HTTP's forms, as clients read it; None for anything else."""
    found = _found(text)
    return None if found is None else _instant(found)


def _found(text: str) -> re.Match[str] | None:
    text = text.lstrip()
    return _USUAL.match(text) or _ASCTIME.match(text)


def _instant(found: re.Match[str]) -> float | None:
    year = int(found["year"])
    if len(found["year"]) == 2:
        year += 1900 if year >= 70 else 2000  # RFC 6265 §5.1.1
    month = _MONTHS.index(found["month"][:3].capitalize()) + 1
    try:
        moment = datetime(
            year,
            month,
            int(found["day"]),
            int(found["hour"]),
            int(found["minute"]),
            min(int(found["second"]), 59),  # a leap second
            tzinfo=UTC,
        )
        return moment.timestamp() - _offset(found["zone"] or "")
    except (ValueError, OverflowError):
        return None


def _offset(zone: str) -> int:
    """Seconds east of Greenwich, of ``+0100`` or ``+01:00``."""
    digits = zone.replace(":", "")[1:]
    seconds = int(digits[:2]) * 3600 + int(digits[2:4]) * 60 if len(digits) == 4 else 0
    return -seconds if zone.startswith("-") else seconds


def _moved_date(text: str, shift: int) -> str:
    """A date ``shift`` seconds later, in the same format; unchanged if the result is no valid date."""
    found = _found(text)
    at = None if found is None else _instant(found)
    if found is None or at is None:
        return text
    try:
        moved = datetime.fromtimestamp(at + shift + _offset(found["zone"] or ""), UTC)
    except (ValueError, OverflowError, OSError):
        return text
    parts = {name: _part(name, found[name], moved) for name in found.groupdict() if found[name] and name != "zone"}
    if found.re is _ASCTIME:
        parts["day"] = str(moved.day).rjust(len(found["day"]))
    start = len(text) - len(text.lstrip())
    for name in sorted(parts, key=found.start, reverse=True):
        text = text[: start + found.start(name)] + parts[name] + text[start + found.end(name) :]
    return text


def _part(name: str, before: str, moved: datetime) -> str:
    """The text of one named part of a moved date (day, month, ..), in the length and case of the recorded text."""
    if name == "weekday":
        day = _DAYS[moved.weekday()]
        word = day if len(before) > 3 else day[:3]
        return _in_case_of(before, word)
    if name == "month":
        return _in_case_of(before, _MONTHS[moved.month - 1])
    if name == "year":
        # Two digits mean 1970 to 2069.
        return f"{moved.year % 100:02}" if len(before) == 2 and 1970 <= moved.year < 2070 else f"{moved.year:04}"
    number: int = getattr(moved, name)
    return f"{number:0{len(before)}}"


def _in_case_of(before: str, word: str) -> str:
    same: Callable[[str], str] = str.upper if before.isupper() else str.lower if before.islower() else str
    return same(word)


def _expiries(headers: Headers) -> Iterable[float]:
    for name, value in headers:
        texts = [found["date"] for found in _COOKIE_EXPIRES.finditer(value)] if name == "set-cookie" else []
        texts += [value] if name == "expires" else []
        yield from (at for at in map(read_date, texts) if at is not None)


def _date_of_answer(headers: Headers) -> float | None:
    """When a response was made, by its ``Date`` and its ``Age`` in a cache; None without a ``Date``."""
    sent = next((read_date(value) for name, value in headers if name == "date"), None)
    age = next((value.strip() for name, value in headers if name == "age"), "")
    return None if sent is None else sent + (int(age) if age.isdecimal() and len(age) < 10 else 0)
