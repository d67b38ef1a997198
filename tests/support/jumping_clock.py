"""A system clock that somebody sets: it jumps a day ahead and back at each look."""

from __future__ import annotations

import itertools
import time

import pytest

from provider import clock

DAY = 86_400.0


def jump(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the time of this process jump until the end of the test; the monotonic clock goes on."""
    real, jumps = clock.time, itertools.cycle((0.0, DAY, -DAY, 2 * DAY))

    def now() -> float:
        return real() + next(jumps)

    for module in (clock, time):
        monkeypatch.setattr(module, "time", now)
    monkeypatch.setattr(time, "clock_gettime", lambda _: now())
