"""The clock by which the player moves recorded times."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any, Final, Literal, TypeAlias, get_args

Clock: TypeAlias = Literal["now", "recorded"]
"""``now`` moves times that were in the future when recorded to be as far in the future; ``recorded`` moves none."""
CLOCKS: Final[tuple[str, ...]] = get_args(Clock)


def clients_now() -> float:
    """Seconds since 1970, by the later one of the two clocks that the clients of a test may have.

    Where a test has frozen time, a client in Python reads the frozen clock, but libcurl, and a client in another
    process, read the real one. Times that are moved by the later clock are in the future for all of them.
    """
    return max(time.time(), _real_now())


def _real_now() -> float:
    # freezegun replaces `time.time` and leaves `clock_gettime` alone; time-machine replaces both, with a way around it.
    hatch: Any = getattr(sys.modules.get("time_machine"), "escape_hatch", None)
    if hatch is not None and hatch.is_travelling():
        return float(hatch.time.time())
    return time.clock_gettime(time.CLOCK_REALTIME)


def clock_of(clock: Clock) -> Callable[[], float] | None:
    """The function that returns the time to which recorded times move; None to move none."""
    return None if clock == "recorded" else clients_now
