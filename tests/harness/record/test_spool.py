"""The log of a session: the same whether it lies in memory or in a file."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.record.events import MessagePassed
from harness.record.options import RecordingOptions
from harness.record.recording import Recording
from harness.record.spool import EventLog
from tests.harness.record.conftest import PROFILE

SECRET = "q7Zk3vX9pLw2RtY8"


def message(number, size=10):
    return MessagePassed(exchange=0, at=number, direction="<", kind="text", data=b"%06d" % number * (size // 6 + 1))


@pytest.fixture
def make(tmp_path):
    """Makes logs that spill after some bytes, and closes them."""
    made = []

    def make_one(spill_after):
        made.append(EventLog(tmp_path / "state", spill_after=spill_after))
        return made[-1]

    yield make_one
    for log in made:
        log.close()


def test_few_observations_stay_in_memory(make, tmp_path):
    log = make(10_000)
    log.append(message(1))
    assert (list(log), len(log), log.spilled) == ([message(1)], 1, 0)
    assert list(tmp_path.iterdir()) == []


def test_many_go_to_a_file_without_a_name(make, tmp_path):
    log = make(1_000)
    for number in range(100):
        log.append(message(number))
    assert log.spilled > 5_000
    assert list(log) == [message(number) for number in range(100)]
    assert list((tmp_path / "state").iterdir()) == []


def test_two_may_go_through_it_at_the_same_time(make):
    log = make(1_000)
    for number in range(50):
        log.append(message(number))
    assert all(one == other for one, other in zip(log, log, strict=True))


@given(st.lists(st.integers(0, 400), max_size=40), st.integers(0, 2_000), st.integers(1, 5))
def test_rewriting_changes_what_is_to_change_and_nothing_else(sizes, spill_after, every):
    log = EventLog(spill_after=spill_after)
    expected = []
    for number, size in enumerate(sizes):
        log.append(message(number, size))
        expected.append(message(number, size))

    def change(old):
        return message(old.at, 3) if old.at % every == 0 else old

    changed = sum(change(one) != one for one in expected)
    assert log.rewrite(change) == changed
    assert list(log) == [change(one) for one in expected]
    log.append(message(1_000))
    assert list(log)[-1] == message(1_000)
    log.close()


def test_full_disk_leaves_it_in_memory(make, monkeypatch):
    log = make(1_000)
    for number in range(20):
        log.append(message(number))
    assert log.spilled

    def refuse(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "pwrite", refuse)
    for number in range(20, 200):
        log.append(message(number))
    assert log.rewrite(lambda old: message(old.at, 20)) == 200
    assert list(log) == [message(number, 20) for number in range(200)]


def test_spilled_recording_gives_the_cassette_that_it_would_give_from_memory(tmp_path):
    cassettes = []
    for name, spill_after in (("a", 1 << 30), ("b", 500)):
        settings = RecordingOptions(state_directory=tmp_path / name, spill_after=spill_after)
        recording = Recording(tmp_path / f"{name}.yaml", PROFILE, client="test", options=settings)
        track = recording.begin("GET", "/chat", (), at=1.0, upgrade=True)
        track.respond(101, (), at=1.1)
        for number in range(50):
            track.message("<", "text", b'{"n":%d,"note":"%s"}' % (number, SECRET.encode()), at=1.1 + number)
        track.message("<", "text", b'{"secret":"%s"}' % SECRET.encode(), at=60.0)
        track.socket_end("<", "close", at=61.0, code=1000)
        cassettes.append(recording.finish().exchanges)
    assert cassettes[0] == cassettes[1]
    assert SECRET not in (tmp_path / "b.yaml").read_text()
