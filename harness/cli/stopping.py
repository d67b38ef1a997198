"""`StopDeadline`: how long a wiretape command may take to end after a signal before it is interrupted."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, Final, NoReturn

from harness.cli.console import fail
from harness.errors import HarnessError

LIMIT: Final = 1.5
"""Seconds from the signal. Time in which the process had to wait for a processor is not counted."""
_CLEAN_UP: Final = 0.4
"""Seconds that remain for `finally` blocks; then the process ends without them."""
_MOST: Final = 8.0
"""Seconds from the signal on a machine that is too busy to run the process."""
EXIT_CODE: Final = 2
"""As for any cassette that cannot be written."""
_INEXACT: Final = 0.01
_SCHEDULER: Final = Path("/proc/self/schedstat")


class OverdueError(KeyboardInterrupt):
    """The process did not end in time after a signal.

    Like `KeyboardInterrupt`, it passes handlers of `Exception`: a user's hook must not swallow it.

    Attributes:
        reason: What the user should know; None for nothing.
    """

    def __init__(self, reason: HarnessError | None) -> None:
        super().__init__()
        self.reason = reason


class StopDeadline:
    """Interrupts the main thread when the process is late after a signal. Belongs to the main thread.

    Args:
        on_late: Called in a signal handler when the process is late. Raises `OverdueError` to end it; then the process
            ends within `_CLEAN_UP` more seconds in any case.
    """

    def __init__(self, on_late: Callable[[], None]) -> None:
        self._on_late = on_late
        self._began: float | None = None
        self._starved = 0.0
        self._overdue: OverdueError | None = None
        self._previous: Any = None

    def arm(self) -> None:
        """Start the deadline; does nothing if it has started already."""
        if self._began is None:
            self._began, self._starved = time.monotonic(), starved()
            self._previous = signal.signal(signal.SIGALRM, self._on_alarm)
            signal.setitimer(signal.ITIMER_REAL, LIMIT)

    def disarm(self) -> None:
        """Stop the deadline, because the process ends in good order."""
        if self._began is not None:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, self._previous)
            self._began = None

    def _on_alarm(self, _: int, __: FrameType | None) -> None:
        if self._began is None:
            return
        if self._overdue is not None:
            _end_at_once(self._overdue)
        waited = time.monotonic() - self._began
        left = LIMIT - (waited - (starved() - self._starved))
        if left > _INEXACT and waited < _MOST:
            signal.setitimer(signal.ITIMER_REAL, min(left, _MOST - waited))
            return
        try:
            self._on_late()
        except OverdueError as overdue:
            self._overdue = overdue
            signal.setitimer(signal.ITIMER_REAL, _CLEAN_UP)
            raise


def _end_at_once(overdue: OverdueError) -> NoReturn:
    with contextlib.suppress(Exception):
        if overdue.reason is not None:
            fail(str(overdue.reason))
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(EXIT_CODE)


def starved() -> float:
    """Seconds that the main thread was ready to run and had no processor; 0.0 where the system does not count them."""
    try:
        return int(_SCHEDULER.read_text(encoding="ascii").split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return 0.0
