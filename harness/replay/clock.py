"""By which clock recorded times are moved, and by what name a user asks for it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any, Final, Literal, TypeAlias, get_args

Clock: TypeAlias = Literal["now", "recorded"]
"""``now``: what lay ahead when recorded lies ahead as far when played. ``recorded``: no time is moved."""
CLOCKS: Final[tuple[str, ...]] = get_args(Clock)


def clients_now() -> float:
    """Seconds since 1970, by the later one of the two clocks that clients of this process may have.

    Where a test has frozen time, a client in Python has the frozen clock, but libcurl, and a client in another process,
    the real one. What is moved by the later one lies ahead for all of them.
    """
    return max(time.time(), _real_now())


def _real_now() -> float:
    # freezegun replaces `time.time` and leaves `clock_gettime` alone; time-machine replaces both, with a way around it.
    hatch: Any = getattr(sys.modules.get("time_machine"), "escape_hatch", None)
    if hatch is not None and hatch.is_travelling():
        return float(hatch.time.time())
    return time.clock_gettime(time.CLOCK_REALTIME)


def clock_of(clock: Clock) -> Callable[[], float] | None:
    """What a player is given as ``now``."""
    return None if clock == "recorded" else clients_now
