"""The deadlines of one run of a flow, on the real clock. Both drivers compute their waits here."""

from __future__ import annotations

from typing import Final

from provider import clock
from provider.effects import RECEIVE, Receive
from provider.timeout import Timeout, TimeoutPart, TimeoutPassedError
from provider.transport.errors import DeadlineError

_LONGEST: Final = 1_000_000.0
"""Seconds (eleven days) of a run without a deadline: libcurl counts milliseconds in 32 bits."""
_EARLY: Final = 0.01
"""Seconds by which libcurl and event loops may end a wait too early: they round."""


class Deadlines:
    """The moments at which the parts of a `Timeout` pass, for one run.

    Attributes:
        end: The end of the whole run, in seconds of `provider.clock.monotonic`.
        unbounded: The effect that only `end` bounds: `RECEIVE` where no `idle` is set, else None. Drivers compare it by
            identity, which saves a call for each message.
        part: The part of the last wait; a driver that read a message without a wait sets it to None.
    """

    __slots__ = ("_since", "_timeout", "_total", "end", "part", "unbounded")

    def __init__(self, timeout: Timeout) -> None:
        self._timeout = timeout
        self._total = _LONGEST if timeout.total is None else min(timeout.total, _LONGEST)
        self.end = clock.monotonic() + self._total
        self.unbounded: Receive | None = RECEIVE if timeout.idle is None else None
        self.part: str | None = None
        self._since = 0.0

    def left(self) -> float:
        """Return the seconds left for the run.

        Raises:
            TimeoutPassedError: No time is left.
        """
        left = self.end - clock.monotonic()
        if left <= 0:
            raise self._passed("total")
        return left

    def left_to_connect(self) -> float:
        """Return the seconds in which a connection has to be open. Raises as `left` does."""
        left, connect = self.left(), self._timeout.connect
        return left if connect is None else min(left, connect)

    def until(self, effect: Receive, now: float) -> float:
        """Return the moment until which the driver waits for a message.

        Args:
            effect: The wait. One that resumes the last one keeps its beginning.
            now: The present moment on the same clock.

        Raises:
            TimeoutPassedError: The whole run has to be over now.
        """
        if now >= self.end:
            raise self._passed("total")
        if not effect.resumes or self.part != effect.part:
            self.part, self._since = effect.part, now
        limit = self._limit(effect)
        return self.end if limit is None else min(self.end, self._since + limit)

    def _limit(self, effect: Receive) -> float | None:
        if effect.within is not None:
            return effect.within
        first, idle = self._timeout.first, self._timeout.idle
        return first if effect.part == "first" and first is not None else idle

    def silence(self, effect: Receive, until: float) -> DeadlineError | None:
        """Return the error for a wait that ended at ``until`` without a message; None where the flow expects that."""
        if until >= self.end:
            return self._passed("total")
        if effect.within is not None:
            return None
        return self._passed("first" if effect.part == "first" and self._timeout.first is not None else "idle")

    def explain(self, error: DeadlineError) -> DeadlineError:
        """Return a `TimeoutPassedError` that names the part of the `Timeout` that has passed; ``error`` is its cause.

        Return ``error`` itself if it names its part already, or if its deadline is not a part of the `Timeout`.

        Args:
            error: Raised by the transport or the driver, or for a function of the app that did not return in time.
        """
        if isinstance(error, TimeoutPassedError):
            return error
        if clock.monotonic() >= self.end - _EARLY:
            ours = self._passed("total")
        elif error.connecting and self._timeout.connect is not None:
            ours = self._passed("connect")
        else:
            return error
        ours.__cause__ = error
        return ours

    def _passed(self, part: TimeoutPart) -> TimeoutPassedError:
        return TimeoutPassedError(part, self._total if part == "total" else getattr(self._timeout, part))
