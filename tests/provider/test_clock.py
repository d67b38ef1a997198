"""The real clock is real in frozen and moved time, whenever it was imported; timers come when they are due."""

import asyncio
import importlib.util
import sys
import threading
import time

import pytest
import time_machine
from freezegun import freeze_time

from provider import clock
from provider.clock import RealTimedLoop, RealTimer

FREEZERS = {
    "frozen": lambda: freeze_time("2090-01-01"),
    "frozen, asyncio too": lambda: freeze_time("2090-01-01", real_asyncio=False),
    "ticking": lambda: freeze_time("1975-01-01", tick=True),
    "ticking by itself": lambda: freeze_time("2090-01-01", auto_tick_seconds=15),
    "moved": lambda: time_machine.travel("2090-01-01"),
    "moved and stopped": lambda: time_machine.travel("1975-01-01", tick=False),
}
frozen = pytest.mark.parametrize("freezer", FREEZERS.values(), ids=FREEZERS)


def fresh_copy():
    found = importlib.util.find_spec("provider.clock")
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


@frozen
@pytest.mark.parametrize("imported", ["before", "within"])
def test_clock_is_real(freezer, imported):
    wall, steady = time.time(), time.monotonic()
    with freezer():
        module = clock if imported == "before" else fresh_copy()
        assert abs(time.time() - wall) > 1e8
        assert 0 <= module.time() - wall < 5
        assert 0 <= module.monotonic() - steady < 5
        assert 0 <= module.now().timestamp() - wall < 5
    assert 0 <= clock.time() - wall < 5


def test_sleep_sleeps_where_a_test_has_replaced_it(monkeypatch):
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    begun = clock.monotonic()
    clock.sleep(0.05)
    assert clock.monotonic() - begun >= 0.05


@frozen
@pytest.mark.parametrize("delay", [0.0, 0.05])
async def test_timer_comes_when_it_is_due(freezer, delay):
    with freezer():
        loop, called = asyncio.get_running_loop(), asyncio.Event()
        begun = clock.monotonic()
        RealTimer(loop, delay, called.set)
        await called.wait()
        assert delay - 0.003 <= clock.monotonic() - begun < delay + 2


async def test_timer_of_a_loop_that_is_frozen_later_does_not_come_too_early():
    loop, called = asyncio.get_running_loop(), asyncio.Event()
    begun = clock.monotonic()
    RealTimer(loop, 0.1, called.set)
    with freeze_time("2090-01-01", real_asyncio=False):
        await called.wait()
    assert clock.monotonic() - begun >= 0.097


@frozen
async def test_timer_that_was_cancelled_does_not_come(freezer):
    with freezer():
        called = []
        timer = RealTimer(asyncio.get_running_loop(), 0.02, called.append, 1)
        timer.cancel()
        timer.cancel()
        later = asyncio.Event()
        RealTimer(asyncio.get_running_loop(), 0.06, later.set)
        await later.wait()
    assert called == []


def test_timer_of_a_loop_that_is_closed_meanwhile_harms_nobody():
    with freeze_time("2090-01-01", real_asyncio=False):
        loop, called = asyncio.new_event_loop(), []
        RealTimer(loop, 0.02, called.append, 1)
        loop.close()
        for thread in threading.enumerate():
            if thread.name == "real-timer":
                thread.join(5)
    assert called == []


async def test_loop_with_real_timers_is_the_loop_otherwise():
    loop = RealTimedLoop(asyncio.get_running_loop())
    with freeze_time("2090-01-01", real_asyncio=False):
        done = loop.create_future()
        loop.call_later(0.01, done.set_result, "called")
        assert await done == "called"


def test_names_of_the_clock_are_not_those_that_freezegun_replaces():
    with freeze_time("2090-01-01"):
        assert clock.monotonic.__module__ == "time"
        assert sys.modules["time"].monotonic is not clock.monotonic
