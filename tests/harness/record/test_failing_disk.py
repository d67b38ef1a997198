"""A disk that is full, or may not be written: the session goes on, and nothing that was there is harmed."""

import logging
import os

import pytest

from harness.cassette.store import load
from harness.record import state_dir
from harness.record.errors import LockedCassetteError
from harness.record.events import MessagePassed
from harness.record.failsafe import FailsafeJournal
from harness.record.journal import Journal
from harness.record.journal_format import RecordingEnded
from harness.record.options import RecordingOptions, SaveOptions
from harness.record.recording import Recording
from harness.record.recovery import Recovery, recover
from harness.record.spool import EventLog
from harness.record.state_dir import RecordingLock
from tests.harness.record.conftest import PROFILE
from tests.harness.record.power_cut import FullFile
from tests.harness.record.test_journal import HEAD
from tests.support import full_disk
from tests.support.journals import read_journal


@pytest.fixture
def disk():
    """Bytes that are left on the disk."""

    def set_room(room):
        FullFile.room = room

    set_room(1 << 20)
    return set_room


@pytest.fixture
def journal(tmp_path, disk):
    with Journal(HEAD, tmp_path / "state", create=FullFile) as journal:
        yield journal


@pytest.fixture
def log():
    log = EventLog()
    yield log
    log.close()


def message(number, data=b"x" * 100):
    return MessagePassed(exchange=0, at=number, direction="<", kind="text", data=data)


def test_record_that_does_not_fit_leaves_the_journal_as_it_was(journal, disk):
    journal.append(message(1))
    disk(10)
    with pytest.raises(OSError, match="No space"):
        journal.append(message(2))
    assert read_journal(journal.path).records == (message(1),)
    assert read_journal(journal.path).whole


def test_journal_goes_on_when_there_is_room_again(journal, disk, log, caplog):
    now = [0.0]
    safe = FailsafeJournal(journal, log, clock=lambda: now[0])
    for number in range(4):
        disk(10 if number == 1 else 1 << 20)
        log.append(message(number))
        safe.append(("cookie",), message(number))
        now[0] += 6.0
    assert not safe.failed
    contents = read_journal(journal.path)
    assert (contents.records, contents.labels) == (tuple(log), ("cookie",))
    assert [record.levelno for record in caplog.records] == [logging.WARNING, logging.WARNING]
    assert "No space" in caplog.text


def test_journal_is_tried_once_more_when_it_is_kept(journal, disk, log):
    safe = FailsafeJournal(journal, log)
    disk(0)
    log.append(message(1))
    safe.append((), message(1))
    safe.end(7, ())
    disk(1 << 20)
    safe.keep()
    safe.keep()
    contents = read_journal(journal.path)
    assert (contents.records, contents.ended) == ((message(1),), RecordingEnded(7))


def test_learnt_secret_leaves_a_full_disk_too(journal, disk):
    """There is no room for a second file: the first is emptied, rather than a secret kept."""
    journal.append(message(1, b"the secret"))
    disk(len(journal.path.read_bytes()) // 2)
    with pytest.raises(OSError, match="No space"):
        journal.rewrite([message(1, b"x" * 200)])
    assert b"the secret" not in journal.path.read_bytes()
    assert not list(journal.path.parent.glob("*.new"))


def test_rewriting_where_only_one_file_fits_keeps_all(journal, monkeypatch):
    def refuse(_):
        raise OSError(28, "No space left on device")

    journal.append(message(1, b"the secret"))
    monkeypatch.setattr(journal, "_create", refuse)
    journal.rewrite([message(1, b"placeholder")])
    journal.append(message(2))
    assert read_journal(journal.path).records == (message(1, b"placeholder"), message(2))


def test_labels_are_written_when_they_change(journal, log):
    safe = FailsafeJournal(journal, log)
    for labels in ((), ("cookie",), ("cookie",), ("cookie", "jwt")):
        safe.append(labels, message(0))
    assert sum(b'"learnt"' in raw for raw in journal.path.read_bytes().splitlines()) == 2
    assert read_journal(journal.path).labels == ("cookie", "jwt")


def record_into(path, state, **settings):
    recording = Recording(path, PROFILE, options=RecordingOptions(state_directory=state, **settings))
    track = recording.begin("GET", "/x", (), at=1.0)
    track.respond(200, (), at=1.1)
    track.chunk(b"x", at=1.2)
    track.end(at=1.3)
    return recording


@pytest.fixture
def limited():
    with full_disk.limited() as limit:
        yield limit


def test_full_disk_at_the_end_keeps_the_old_cassette_and_the_journal(tmp_path, limited):
    path, state = tmp_path / "x.yaml", tmp_path / "state"
    record_into(path, state).finish()
    old = path.read_bytes()
    recording = record_into(path, state)
    limited(10)
    with pytest.raises(Exception, match=r"x\.yaml: cannot be written: File too large"):
        recording.finish()
    assert path.read_bytes() == old
    assert sorted(each.name for each in tmp_path.iterdir()) == ["state", "x.yaml"]
    assert recording.journal.path.exists()
    assert not state_dir.journals(state)[0].living


def test_full_disk_in_the_midst_does_not_end_the_session(tmp_path, limited, caplog):
    path, state = tmp_path / "x.yaml", tmp_path / "state"
    recording = record_into(path, state)
    limited(recording.journal.path.stat().st_size + 10)
    track = recording.begin("GET", "/later", (), at=2.0)
    track.respond(204, (), at=2.1)
    track.end(at=2.2)
    limited(1 << 30)
    recording.finish()
    assert [each.target for each in load(path).exchanges] == ["/x", "/later"]
    assert state_dir.journals(state) == []
    assert caplog.text.count("cannot be written now") == 1


def test_second_recorder_hears_at_the_start_who_records_already(tmp_path):
    path, state = tmp_path / "x.yaml", tmp_path / "state"
    first = record_into(path, state, lock=True)
    for mode in ("replace", "append"):
        with pytest.raises(LockedCassetteError, match=f"process {os.getpid()}"):
            record_into(path, state, lock=True, save=SaveOptions(mode=mode))
    first.finish()
    record_into(path, state, lock=True).finish()
    assert state_dir.journals(state) == []


def test_recorders_that_share_record_at_the_same_time(tmp_path):
    first = RecordingLock(tmp_path / "x.yaml", tmp_path, shared=True)
    second = RecordingLock(tmp_path / "x.yaml", tmp_path, shared=True)
    with pytest.raises(LockedCassetteError, match="another file"):
        RecordingLock(tmp_path / "x.yaml", tmp_path)
    first.release()
    second.release()
    RecordingLock(tmp_path / "x.yaml", tmp_path).release()


def test_link_to_a_cassette_is_the_same_cassette(tmp_path):
    (tmp_path / "link.yaml").symlink_to(tmp_path / "x.yaml")
    with RecordingLock(tmp_path / "x.yaml", tmp_path), pytest.raises(LockedCassetteError):
        RecordingLock(tmp_path / "link.yaml", tmp_path)


def test_full_disk_for_cassette_and_journal_says_that_only_the_beginning_is_kept(tmp_path, limited):
    recording = record_into(tmp_path / "x.yaml", tmp_path / "state")
    limited(recording.journal.path.stat().st_size + 10)
    track = recording.begin("GET", "/y", (), at=2.0)
    track.respond(200, (("content-type", "text/plain"),), at=2.1)
    track.chunk(b"words " * 1000, at=2.2)
    track.end(at=2.3)
    with pytest.raises(
        Exception, match=r"cannot be written: File too large\. The journal had no room either"
    ) as failed:
        recording.finish()
    assert "is kept in" not in str(failed.value).partition("only the beginning of the recording is kept")[0]
    limited(1 << 30)
    found = recover(recording.journal.path, Recovery(profiles=lambda _: PROFILE, state=tmp_path / "state"))
    assert [each.target for each in found.cassette.exchanges] == ["/x"]
    assert not found.cassette.recorded.complete


def test_journal_that_cannot_be_begun_is_named(tmp_path, limited):
    limited(0)
    with pytest.raises(OSError, match="File too large") as failed:
        record_into(tmp_path / "x.yaml", tmp_path / "state")
    assert failed.value.filename.endswith(".journal")
