"""Reads a Retry-After header (RFC 9110 §10.2.3)."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import Final

from provider.websocket import Headers, header

_LONGEST: Final = 1e9
"""Seconds. A longer wait is no number that a service means."""


def retry_after(headers: Headers, now: float | None = None) -> float | None:
    """Return the seconds to wait; None without a valid header, or for a date that cannot be compared with another one.

    Args:
        headers: Of the response. A date is relative to its ``Date``, so that a wrong clock here, or a recording that is
            replayed later, does not change the wait.
        now: Unix time in seconds, for a response without a ``Date``.
    """
    value = (header(headers, "retry-after") or "").strip()
    if value.isascii() and value.replace(".", "", 1).isdecimal():
        return seconds if (seconds := float(value)) < _LONGEST else None
    at = _time_of(value)
    since = _time_of(header(headers, "date") or "")
    since = now if since is None else since
    return None if at is None or since is None else max(at - since, 0.0)


def needs_clock(headers: Headers) -> bool:
    """Whether `retry_after` needs the present time."""
    return retry_after(headers) is None and retry_after(headers, 0.0) is not None


def _time_of(date: str) -> float | None:
    try:
        return parsedate_to_datetime(date).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
