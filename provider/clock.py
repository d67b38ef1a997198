"""The machine's real clock, also while a test has frozen or moved the time for its own code.

freezegun replaces the functions of `time` in every module that holds them; time-machine replaces them below Python.
Deadlines, pacing and dates of recordings need the real time: on a frozen clock no deadline ever passes. The expiry of a
token is compared with `time` instead, because the tested code sees that date, too.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.machinery
import importlib.util
import sys
import threading
import time as patched
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

_EARLY: Final = 0.002
"""Seconds by which a loop may call too early: uvloop rounds to milliseconds."""
_SAME: Final = 0.5
"""Largest difference in seconds at which a loop's clock counts as the real clock."""


def _real_time_module() -> Any:
    """Return a second copy of the interpreter's `time`, whose functions no test replaces.

    The copy keeps the real time even if this module is imported while time is frozen.
    """
    found = importlib.machinery.BuiltinImporter.find_spec("time")
    if found is None or found.loader is None:
        return patched
    copy = importlib.util.module_from_spec(found)
    found.loader.exec_module(copy)
    return copy


_REAL: Final = _real_time_module()


monotonic: Final[Callable[[], float]] = _REAL.monotonic
"""Seconds on the machine's monotonic clock: the one that event loops use."""
sleep: Final[Callable[[float], None]] = _REAL.sleep
"""Block this thread for a number of seconds, also where a test has replaced `time.sleep`."""


def time() -> float:
    """The real time in seconds since 1970, also while a test has frozen or moved the clock."""
    # time-machine replaces the C functions of both copies, and meanwhile offers the real ones under this name.
    hatch = getattr(sys.modules.get("time_machine"), "escape_hatch", None)
    if hatch is not None:
        with contextlib.suppress(ValueError):
            return hatch.time.time()
    return _REAL.time()


def now() -> datetime:
    """The real present moment in UTC, also while a test has frozen or moved the clock."""
    return datetime.fromtimestamp(time(), UTC)


class RealTimer:
    """Calls a function in an event loop after a real delay, whatever the loop's clock shows.

    A loop with a frozen clock never makes a later call: a thread keeps the time instead. A loop whose clock jumps ahead
    calls too early: the timer starts again for the rest of the delay.
    """

    __slots__ = ("_call", "_due", "_handle", "_loop")

    def __init__(self, loop: asyncio.AbstractEventLoop, delay: float, call: Callable[..., object], *args: Any) -> None:
        self._loop = loop
        self._call: tuple[Callable[..., object], tuple[Any, ...]] | None = (call, args)
        self._due = monotonic() + delay
        self._handle: asyncio.Handle | threading.Timer
        self._begin(delay)

    def _begin(self, delay: float) -> None:
        if abs(self._loop.time() - monotonic()) < _SAME:
            self._handle = self._loop.call_later(delay, self._fire)
            return
        if delay <= 0:
            self._handle = self._loop.call_soon(self._fire)
            return
        self._handle = threading.Timer(delay, self._ring)
        self._handle.daemon = True
        self._handle.name = "real-timer"
        self._handle.start()

    def _ring(self) -> None:
        try:
            self._loop.call_soon_threadsafe(self._fire)
        except RuntimeError:  # the loop has been closed meanwhile
            self._call = None

    def _fire(self) -> None:
        left = self._due - monotonic()
        if left > _EARLY:
            if self._call is not None:
                self._begin(left)
            return
        wanted, self._call = self._call, None
        if wanted is not None:
            wanted[0](*wanted[1])

    def cancel(self) -> None:
        """Cancel the call; at any time, and more than once."""
        self._call = None
        self._handle.cancel()


class RealTimedLoop:
    """Wraps a loop so that its `call_later` keeps the real time; for libraries that take a loop as an argument."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def call_later(self, delay: float, call: Callable[..., object], *args: Any) -> RealTimer:
        """Call a function after some seconds; see `RealTimer`."""
        return RealTimer(self._loop, delay, call, *args)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loop, name)
