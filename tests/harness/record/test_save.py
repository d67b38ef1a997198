import subprocess
import sys
from pathlib import Path

import pytest
from freezegun import freeze_time

from harness.cassette.store import load
from harness.record.errors import LockedCassetteError, MergeError, RecordingError
from harness.record.hooks import RecordHooks
from harness.record.locks import Lock
from harness.record.options import RecordingOptions, SaveOptions
from harness.record.recording import Recording
from harness.record.state_dir import lock_path
from tests.harness.record.conftest import PROFILE
from tests.harness.record.shared_writer import record_one

ROOT = Path(__file__).parents[3]
WRITERS = 8
EACH = 5


@pytest.fixture
def place(tmp_path):
    (tmp_path / "cassettes").mkdir()
    return tmp_path / "cassettes" / "shared.yaml"


@pytest.fixture
def write(place, tmp_path):
    """Records one session, of one call to a target."""
    return lambda target, **into: record_one(place, tmp_path / "state", target, SaveOptions(**into))


@pytest.fixture
def writer(place, tmp_path):
    """Starts processes that record many; kills what is left of them."""
    running = []

    def start(name, mode="append", run="", count=EACH):
        arguments = [str(place), str(tmp_path / "state"), mode, run, name, str(count)]
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.harness.record.shared_writer", *arguments], cwd=ROOT, stdout=subprocess.PIPE
        )
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.wait(30)
        process.stdout.close()


def targets(place):
    return [each.target for each in load(place).exchanges]


def test_a_new_recording_takes_the_place_of_the_old(write, place):
    write("/a")
    write("/b")
    assert targets(place) == ["/b"]


def test_a_recording_is_appended(write, place):
    write("/a", mode="append")
    write("/b", mode="append")
    assert targets(place) == ["/a", "/b"]


def test_a_recording_renews_what_it_asked(write, place):
    write("/a")
    write("/b", mode="append")
    write("/a", mode="replace_matching")
    assert targets(place) == ["/a", "/b"]


def test_the_first_of_a_run_rewrites_and_the_others_append(write, place):
    write("/old")
    for target in ("/a", "/b"):
        write(target, mode="replace_once", run="one")
    assert targets(place) == ["/a", "/b"]


def test_the_next_run_rewrites_again(write, place):
    write("/a", mode="replace_once", run="one")
    write("/b", mode="replace_once", run="two")
    assert targets(place) == ["/b"]


def test_rewriting_without_a_run_is_refused():
    with pytest.raises(RecordingError, match="needs `run`"):
        SaveOptions(mode="replace_once")


@pytest.mark.parametrize("mode", ["append", "replace_matching"])
def test_a_recording_of_nothing_touches_no_file(write, place, tmp_path, mode):
    write("/a")
    before = place.stat().st_ino
    hooks = RecordHooks(before_request=lambda _: None)
    settings = RecordingOptions(state_directory=tmp_path / "state", hooks=hooks)
    recording = Recording(place, PROFILE, options=settings)
    recording.begin("GET", "/b", (), at=1.0)
    recording.finish(SaveOptions(mode=mode))
    assert (place.stat().st_ino, targets(place)) == (before, ["/a"])


def test_another_path_may_be_given(write, place):
    write("/a", path=place.with_name("aside.yaml"))
    assert (place.exists(), targets(place.with_name("aside.yaml"))) == (False, ["/a"])


def test_no_lock_is_left_beside_the_cassette(write, place):
    write("/a", mode="replace_once", run="one")
    assert [path.name for path in place.parent.iterdir()] == ["shared.yaml"]


@pytest.mark.parametrize("content", ["no cassette", "cassette: 99\n"])
def test_what_cannot_be_read_is_kept_and_so_is_the_journal(write, place, content):
    place.write_text(content)
    with pytest.raises(MergeError, match="cannot be read") as failed:
        write("/a", mode="append")
    assert place.read_text() == content
    assert failed.value.journal.path.exists()


def test_waiting_for_the_lock_ends(write, place, tmp_path):
    write("/a")
    taken = Lock(lock_path(place, tmp_path / "state"))
    with pytest.raises(LockedCassetteError, match=r"for 0\.1 s") as failed:
        write("/b", mode="append", timeout=0.1)
    taken.release()
    assert failed.value.journal.path.exists()
    assert targets(place) == ["/a"]


def test_waiting_for_the_lock_ends_in_frozen_time(write, place, tmp_path):
    with freeze_time("2030-01-01"):
        test_waiting_for_the_lock_ends(write, place, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["append", "replace_once", "replace_matching"])
def test_processes_that_record_into_one_cassette_at_once_lose_nothing(writer, place, mode):
    processes = [writer(f"w{i}", mode, run="one") for i in range(WRITERS)]
    assert [process.wait(120) for process in processes] == [0] * WRITERS
    assert sorted(targets(place)) == sorted(f"/w{i}/{n}" for i in range(WRITERS) for n in range(EACH))


@pytest.mark.slow
def test_a_killed_process_leaves_the_lock_free_and_the_file_whole(writer, write, place):
    killed = writer("killed", count=10_000)
    for _ in range(3):
        assert killed.stdout.readline() == b"written\n"
    killed.kill()
    killed.wait(30)
    write("/after", mode="append", timeout=10.0)
    found = targets(place)
    assert found == [*(f"/killed/{n}" for n in range(len(found) - 1)), "/after"]
    assert len(found) >= 4
