"""Recorders that are killed at any moment lose nothing that they had acknowledged, and leave no broken file."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness.cassette.store import load
from harness.record import state_dir
from harness.record.recovery import Recovery, recover
from tests.harness.record.killed_recorder import LATE, MESSAGES, PROFILE

ROOT = Path(__file__).parents[3]
KILLS = 200


@pytest.fixture
def recorders():
    """The process that forks recorders."""
    command = [sys.executable, "-m", "tests.harness.record.killed_recorder"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.stdin.close()
        process.wait(30)


def killed(recorders, place, state, after, delay, durable=""):
    """Kill a recorder some microseconds after so many acknowledgements; all of them, as (session, message)."""
    recorders.stdin.write(f"{place} {state} {durable or 'bounded'}\n")
    recorders.stdin.flush()
    said, pid = [], None
    while pid is None or len(said) < after:
        line = recorders.stdout.readline().split()
        pid, said = (int(line[0]), said) if len(line) == 1 else (pid, [*said, line])
    end = time.monotonic() + delay
    while time.monotonic() < end:
        pass
    os.kill(pid, signal.SIGKILL)
    said += iter(lambda: recorders.stdout.readline().split(), ["dead"])
    return [(int(session), MESSAGES if what == "finished" else int(what) + 1) for session, what in said]


def told(cassette):
    """The session of a cassette, and how many messages it has."""
    (exchange,) = cassette.exchanges
    return int(exchange.target.rpartition("/")[2]), sum(line.kind == "text" for line in exchange.messages)


def check_kill(place, state, acknowledged):
    """What was acknowledged last is in the cassette or in the journal; what stands under the final name is whole."""
    session, messages = acknowledged[-1]
    left = state_dir.journals(state)
    assert all(not each.living for each in left)
    assert len(left) <= 1
    if messages > 8:
        assert all(LATE.encode() not in each.path.read_bytes() for each in left)
    found = told(load(place)) if place.exists() else (-1, 0)
    assert found[1] in (0, MESSAGES)
    for each in left:
        how = Recovery(profiles={"test": PROFILE}.get, state=state, replace=True)
        cassette = recover(each.path, how).cassette
        if cassette.exchanges:
            found = max(found, told(cassette))
    assert found >= (session, messages)
    assert LATE not in place.read_text() or found[1] <= 8
    state_dir.tidy(state, older_than=0.0)
    assert [path for path in state.iterdir() if path.is_file()] == []


@pytest.mark.slow
@pytest.mark.parametrize("durable", ["", "durable"])
def test_killed_recorders_lose_nothing_that_they_acknowledged(recorders, tmp_path, durable):
    chance = random.Random(f"kills {durable}")
    for number in range(KILLS // 2):
        place, state = tmp_path / f"{number}.yaml", tmp_path / f"state-{number}"
        after = chance.randrange(1, 3 * MESSAGES)
        check_kill(place, state, killed(recorders, place, state, after, chance.uniform(0, 0.01), durable))
