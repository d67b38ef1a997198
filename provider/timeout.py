"""`Timeout`: the deadlines of one call, and the error for one that has passed."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from typing import Final, Literal, TypeAlias

from provider.transport.errors import DeadlineError
from provider.wire.errors import UsageError

DEFAULT_TOTAL: Final = 900.0
"""Seconds for a whole turn. Deep research takes minutes."""
DEFAULT_CONNECT: Final = 30.0
"""Seconds for opening one connection."""

TimeoutPart: TypeAlias = Literal["total", "connect", "first", "idle"]
"""The name of a field of `Timeout`."""


@dataclass(frozen=True, slots=True)
class Timeout:
    """The deadlines of a turn, each in seconds. None is no deadline; the whole turn ends after eleven days.

    Attributes:
        total: From the first request of the turn to its last item: refresh, upload, challenges and waits included.
        connect: For opening each connection: name lookup, TCP, TLS and, for the socket, the upgrade.
        first: From the sending of the prompt to the first message of its answer. An acknowledgement is no answer. None
            counts this wait as any other: `idle` bounds it.
        idle: From one message of the service to the next. Pings and pongs do not count as messages.

    Raises:
        TypeError: A part is no number.
        UsageError: A part is negative or NaN.
    """

    total: float | None = DEFAULT_TOTAL
    connect: float | None = DEFAULT_CONNECT
    first: float | None = None
    idle: float | None = None

    def __post_init__(self) -> None:
        for part in fields(self):
            _check(f"Timeout({part.name}=...)", getattr(self, part.name))

    @classmethod
    def of(cls, value: float | Timeout | None, default: Timeout | None = None) -> Timeout:
        """Return a `Timeout` as it is; a number, or None, as the ``total`` of the default.

        Args:
            value: What a caller passed as ``timeout``.
            default: The `Timeout` of which the other parts are taken; by default ``Timeout()``.

        Raises:
            TypeError: The value is neither a number, None nor a `Timeout`.
            UsageError: It is negative or NaN.
        """
        if isinstance(value, Timeout):
            return value
        _check("timeout", value)
        return replace(default or cls(), total=value)


def _check(name: str, value: object) -> None:
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name} has to be a number of seconds or None, not {type(value).__name__}")
    if math.isnan(value) or value < 0:
        hint = "Pass a number of seconds, or None for no deadline."
        raise UsageError(f"{name} is {value}, which is not a number of seconds from 0 on", step="timeout", hint=hint)


class TimeoutPassedError(DeadlineError):
    """A part of a `Timeout` has passed.

    Attributes:
        part: The part.
        seconds: Its value.
    """

    def __init__(self, part: TimeoutPart, seconds: float) -> None:
        super().__init__(f"{_WHAT[part]} within {seconds:g} s (timeout.{part})", connecting=part == "connect")
        self.part: TimeoutPart = part
        self.seconds = seconds

    def __reduce__(self) -> tuple[object, ...]:
        return TimeoutPassedError, (self.part, self.seconds)


_WHAT: Final[dict[TimeoutPart, str]] = {
    "total": "The call was not over",
    "connect": "No connection was open",
    "first": "No answer began",
    "idle": "No message came",
}
