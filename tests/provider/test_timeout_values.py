"""`Timeout`: its values, and the waits that follow from them."""

import math
import pickle

import pytest

from provider import Timeout, UsageError
from provider import TimeoutError as CopilotTimeoutError
from provider.drivers.deadlines import Deadlines
from provider.effects import RECEIVE, RECEIVE_AFTER_PING, RECEIVE_FIRST, RECEIVE_FIRST_STILL, Receive
from provider.timeout import TimeoutPassedError


@pytest.mark.parametrize("value", ["3", True, [1], {"total": 1}])
def test_wrong_type_is_a_type_error_that_names_the_argument(value):
    with pytest.raises(TypeError, match="timeout"):
        Timeout.of(value)
    with pytest.raises(TypeError, match=r"Timeout\(idle=...\)"):
        Timeout(idle=value)


@pytest.mark.parametrize("value", [-1, math.nan])
def test_seconds_that_cannot_be_are_a_usage_error(value):
    with pytest.raises(UsageError, match=r"Timeout\(first=...\) is"):
        Timeout(first=value)


def test_number_is_the_total_and_keeps_the_other_parts():
    assert Timeout.of(5) == Timeout(total=5)
    assert Timeout.of(5, Timeout(idle=3)) == Timeout(total=5, idle=3)
    assert Timeout.of(None, Timeout(idle=3)) == Timeout(total=None, idle=3)
    assert Timeout.of(Timeout(idle=7), Timeout(idle=3)) == Timeout(idle=7)


def test_error_that_names_its_part_can_be_pickled():
    ours = CopilotTimeoutError("w", step="receive", part="idle", seconds=3.0)
    for error in (ours, TimeoutPassedError("idle", 3.0)):
        copy = pickle.loads(pickle.dumps(error))
        assert (type(copy), copy.part, copy.seconds) == (type(error), "idle", 3.0)


# ------------------------------------------------------------------ the computed waits
def test_waits_that_resume_keep_their_beginning():
    deadlines = Deadlines(Timeout(total=1000, first=20, idle=5))
    now = deadlines.end - 1000
    assert deadlines.until(RECEIVE_FIRST, now) == now + 20
    assert deadlines.until(RECEIVE_FIRST_STILL, now + 7) == now + 20
    assert deadlines.until(RECEIVE, now + 10) == now + 15
    assert deadlines.until(RECEIVE_AFTER_PING, now + 12) == now + 15
    assert deadlines.until(RECEIVE, now + 13) == now + 18
    assert deadlines.until(RECEIVE_FIRST, now + 14) == now + 34
    assert deadlines.until(RECEIVE_FIRST, now + 990) == now + 1000
    with pytest.raises(TimeoutPassedError, match="1000 s"):
        deadlines.until(RECEIVE, now + 1000)


def test_wait_after_a_message_that_was_read_without_waiting_begins_anew():
    deadlines = Deadlines(Timeout(total=1000, idle=5))
    now = deadlines.end - 1000
    deadlines.until(RECEIVE, now)
    deadlines.part = None
    assert deadlines.until(RECEIVE_AFTER_PING, now + 100) == now + 105


def test_without_parts_only_the_end_bounds_a_wait():
    deadlines = Deadlines(Timeout(total=None))
    now = deadlines.end - 1_000_000
    assert deadlines.unbounded is RECEIVE
    assert deadlines.until(RECEIVE_FIRST, now) == deadlines.end
    assert deadlines.until(Receive(1.0), now) == now + 1.0
