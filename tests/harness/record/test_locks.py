"""Locks between processes hold, and leave no file behind."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from harness.record.errors import LockedCassetteError
from harness.record.locks import Lock, LockTakenError
from harness.record.state_dir import MARKS_AFTER, RecordingLock, tidy

ROOT = Path(__file__).parents[3]
COUNTS = """
import sys
from pathlib import Path
from harness.record.locks import Lock
lock, counter = Path(sys.argv[1]), Path(sys.argv[2])
for _ in range(60):
    held = Lock(lock, timeout=60.0)
    counter.write_text(str(int(counter.read_text()) + 1))
    held.release()
"""


@pytest.fixture
def place(tmp_path):
    return tmp_path / "locks" / "a.lock"


def test_nothing_is_left_of_a_lock_that_was_let_go(place):
    lock = Lock(place)
    assert place.exists()
    lock.release()
    lock.release()
    assert not place.exists()


def test_lock_is_taken_once_and_says_by_whom(place):
    lock = Lock(place)
    with pytest.raises(LockTakenError) as taken:
        Lock(place)
    assert taken.value.owner == os.getpid()
    lock.release()
    Lock(place).release()


def test_shared_lock_is_removed_by_the_last_one(place):
    first, second = Lock(place, shared=True), Lock(place, shared=True)
    with pytest.raises(LockTakenError):
        Lock(place)
    first.release()
    with pytest.raises(LockTakenError):
        Lock(place)
    second.release()
    assert not place.exists()


def test_who_waits_has_the_lock_next(place):
    first = Lock(place)
    timer = threading.Timer(0.1, first.release)
    timer.start()
    second = Lock(place, timeout=10.0)
    timer.join()
    with pytest.raises(LockTakenError):
        Lock(place)
    second.release()


def test_two_processes_never_have_it_at_once(place, tmp_path):
    counter = tmp_path / "counter"
    counter.write_text("0")
    command = [sys.executable, "-c", COUNTS, str(place), str(counter)]
    running = [subprocess.Popen(command, cwd=ROOT) for _ in range(3)]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    assert counter.read_text() == "180"
    assert not place.exists()


def test_lock_of_a_killed_process_is_free(place):
    code = "import sys; from pathlib import Path; from harness.record.locks import Lock; x = Lock(Path(sys.argv[1]))\n"
    code += "print('has it', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(place)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        process.stdout.readline()
        process.kill()
    lock = Lock(place)
    lock.release()
    assert not place.exists()


def test_link_in_the_place_of_a_lock_is_not_followed(place, tmp_path):
    place.parent.mkdir()
    place.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic"):
        Lock(place)
    assert not (tmp_path / "elsewhere").exists()


def test_claims_leave_nothing_and_name_the_other_process(tmp_path):
    claim = RecordingLock(tmp_path / "x.yaml", tmp_path / "state")
    with pytest.raises(LockedCassetteError, match=f"process {os.getpid()}"):
        RecordingLock(tmp_path / "x.yaml", tmp_path / "state", shared=True)
    claim.release()
    assert [path for path in (tmp_path / "state").rglob("*") if path.is_file()] == []


def test_marks_of_runs_long_ended_are_tidied(tmp_path):
    runs = tmp_path / "state" / "runs"
    runs.mkdir(parents=True)
    for name, age in (("old", MARKS_AFTER + 60), ("new", 60.0)):
        (runs / f"{name}.run").write_text("x")
        os.utime(runs / f"{name}.run", (time.time() - age,) * 2)
    assert tidy(tmp_path / "state") == 1
    assert [path.name for path in runs.iterdir()] == ["new.run"]
