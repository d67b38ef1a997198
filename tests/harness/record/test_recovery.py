"""A journal that was left behind becomes a cassette."""

import os
from datetime import UTC, datetime

import pytest

from harness.cassette.store import load
from harness.record import state_dir
from harness.record.errors import (
    JournalError,
    LivingRecordingError,
    LockedCassetteError,
    RecoveryError,
    UnsafeCassetteError,
)
from harness.record.head_rules import HeadRules
from harness.record.hooks import RecordHooks
from harness.record.journal import Journal
from harness.record.journal_format import JournalHead
from harness.record.options import RecordingOptions
from harness.record.recording import Recording
from harness.record.recovery import Recovery, recover
from tests.harness.record.conftest import PROFILE
from tests.harness.record.power_cut import HeldBackFile
from tests.support.journals import read_journal

SECRET = "q7Zk3vX9pLw2RtY8"


@pytest.fixture
def state(tmp_path):
    return tmp_path / "state"


@pytest.fixture
def how(state):
    return Recovery(profiles={"test": PROFILE}.get, state=state)


def talk(recording, *, messages=3):
    track = recording.begin("GET", f"/chat?access_token={SECRET}", (("cookie", "a=b"),), at=1.0, upgrade=True)
    track.respond(101, (), at=1.1)
    for number in range(messages):
        track.message("<", "text", b'{"n":%d,"secret":"%s"}' % (number, SECRET.encode()), at=1.2 + number / 10)
    track.socket_end("<", "close", at=3.0, code=1000, reason="bye")


def texts(cassette):
    return [line.data for each in cassette.exchanges for line in each.messages if line.kind == "text"]


@pytest.fixture
def left(record):
    """The journal of a recording that was broken off."""
    recording = record()
    talk(recording)
    recording.close()
    return recording.journal_path


def test_recovered_cassette_is_the_one_that_would_have_been_written_but_says_that_it_was_cut(record, how):
    recording = record()
    talk(recording)
    expected = recording.hooked_cassette()
    recording.close()
    found = recover(recording.journal_path, how)
    assert (found.whole, found.rewriting, found.path) == (True, False, recording.path)
    assert load(recording.path).exchanges == expected.exchanges
    assert load(recording.path).redacted == expected.redacted == ("accesstoken", "cookie")
    assert (expected.recorded.complete, found.cassette.recorded.complete) == (True, False)


def test_recovered_cassette_says_what_may_differ(tmp_path, state, how):
    rules = HeadRules(ignore=("query.t",), bind=("message.id",), match_on=("method", "path", "messages"))
    settings = RecordingOptions(state_directory=state, rules=rules)
    recording = Recording(tmp_path / "session.yaml", PROFILE, options=settings)
    talk(recording)
    recording.close()
    recover(recording.journal_path, how)
    assert HeadRules.of(load(recording.path)) == rules


def test_recovered_journal_is_removed(left, how, state):
    recover(left, how)
    assert state_dir.journals(state) == []
    assert not left.exists()


def test_recording_that_ended_but_was_not_written_is_recovered_whole(record, how, tmp_path):
    recording = record("missing/session.yaml")
    talk(recording)
    with pytest.raises(Exception, match="missing"):
        recording.finish()
    (tmp_path / "missing").mkdir()
    assert recover(recording.journal_path, how).cassette.recorded.complete


def test_living_recording_is_left_alone(record, how):
    recording = record()
    talk(recording)
    with pytest.raises(LivingRecordingError, match="still runs"):
        recover(recording.journal_path, how)
    with pytest.raises(LivingRecordingError):
        state_dir.discard(recording.journal_path)
    recording.finish()
    assert recording.path.exists()


def test_listing_tells_living_recordings_from_those_left_behind(record, left, state):
    living = record("other.yaml")
    found = {each.path: (each.living, each.head.cassette) for each in state_dir.journals(state)}
    assert found[left] == (False, str(left.parent.parent / "session.yaml"))
    assert found[living.journal_path] == (True, str(living.path))


def test_only_the_journals_of_one_cassette_are_its_own(left, state, tmp_path):
    assert [each.path for each in state_dir.orphaned_journals(tmp_path / "session.yaml", state)] == [left]
    assert state_dir.orphaned_journals(tmp_path / "other.yaml", state) == []


def test_something_else_is_listed_as_unreadable_and_not_recovered(state, how):
    state.mkdir()
    (state / "x.journal").write_bytes(b"no journal\n")
    (each,) = state_dir.journals(state)
    assert (each.head, each.living) == (None, False)
    with pytest.raises(JournalError):
        recover(each.path, how)
    state_dir.discard(each.path)
    assert not each.path.exists()


def test_cassette_that_is_newer_is_kept_unless_it_may_be_replaced(left, how, tmp_path):
    (tmp_path / "session.yaml").write_text("mine")
    with pytest.raises(RecoveryError, match="was written after"):
        recover(left, how)
    assert (tmp_path / "session.yaml").read_text() == "mine"
    assert left.exists()
    recover(left, Recovery(profiles=how.profiles, state=how.state, replace=True))
    assert len(texts(load(tmp_path / "session.yaml"))) == 3


def test_older_cassette_is_replaced(left, how, tmp_path):
    (tmp_path / "session.yaml").write_text("old")
    before = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
    os.utime(tmp_path / "session.yaml", (before, before))
    assert len(texts(recover(left, how).cassette)) == 3


def test_recovered_exchanges_are_added_where_that_is_asked(record, left, how, tmp_path):
    with record() as other:
        talk(other, messages=2)
    recover(left, Recovery(profiles=how.profiles, state=how.state, merge=True))
    assert len(texts(load(tmp_path / "session.yaml"))) == 5


def test_cassette_goes_elsewhere_where_that_is_asked(left, how, tmp_path):
    recover(left, Recovery(profiles=how.profiles, state=how.state, output=tmp_path / "other.yaml"))
    assert ((tmp_path / "other.yaml").exists(), (tmp_path / "session.yaml").exists()) == (True, False)


def test_cassette_that_is_being_recorded_into_is_not_touched(left, how, state, tmp_path):
    claimed = RecordingOptions(state_directory=state, lock=True)
    living = Recording(tmp_path / "session.yaml", PROFILE, options=claimed)
    with pytest.raises(LockedCassetteError, match="under way"):
        recover(left, how)
    assert left.exists()
    living.close()


def test_unknown_service_is_not_recovered(left, state):
    with pytest.raises(RecoveryError, match="'test'"):
        recover(left, Recovery(profiles={}.get, state=state))


def test_recording_with_hooks_is_recovered_only_if_that_is_asked(state, how, tmp_path):
    settings = RecordingOptions(state_directory=state, hooks=RecordHooks(ignore_hosts=("service.test",)))
    recording = Recording(tmp_path / "session.yaml", PROFILE, options=settings)
    talk(recording)
    recording.close()
    with pytest.raises(RecoveryError, match="without-hooks"):
        recover(recording.journal_path, how)
    chosen = Recovery(profiles=how.profiles, state=state, without_hooks=True)
    assert len(texts(recover(recording.journal_path, chosen).cassette)) == 3


def test_secret_in_a_journal_is_found_before_the_cassette_is_written(state, how, tmp_path):
    recorded = load_head(tmp_path, client=f"Bearer {JWT}")
    with Journal(recorded, state) as journal:
        path = journal.path
    with pytest.raises(UnsafeCassetteError) as caught:
        recover(path, how)
    assert caught.value.journal == path
    assert JWT not in str(caught.value)
    assert not (tmp_path / "session.yaml").exists()


JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJqb2hhbm5hLWRvZSIsImlhdCI6MTUxNjIzOTAyMn0.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c"


def load_head(tmp_path, client=""):
    from harness.cassette.model import Recorded

    recorded = Recorded(at="2026-11-23T05:00:00Z", by="relay", client=client)
    return JournalHead(cassette=str(tmp_path / "session.yaml"), profile="test", recorded=recorded)


def test_rewriting_that_was_cut_is_told_and_its_rest_removed(left, how):
    left.with_suffix(".new").write_bytes(b"half")
    assert recover(left, how).rewriting
    assert list(left.parent.glob("*.new")) == []


def test_unfinished_files_of_the_dead_are_tidied_away_and_fresh_ones_kept(state):
    state.mkdir()
    for name in ("old.new", "fresh.new"):
        (state / name).write_bytes(b"")
    os.utime(state / "old.new", (1.0, 1.0))
    assert state_dir.tidy(state) == 1
    assert [path.name for path in state.iterdir()] == ["fresh.new"]


def test_temporary_files_beside_a_cassette_are_tidied_away_when_they_are_old(tmp_path):
    for name in (".wiretape-old.tmp", ".wiretape-fresh.tmp", "mine.tmp"):
        (tmp_path / name).write_bytes(b"")
    for name in (".wiretape-old.tmp", "mine.tmp"):
        os.utime(tmp_path / name, (1.0, 1.0))
    assert state_dir.tidy_beside(tmp_path / "x.yaml") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == [".wiretape-fresh.tmp", "mine.tmp"]


def test_every_prefix_of_a_journal_gives_every_whole_record(left, tmp_path):
    whole, all_records = left.read_bytes(), read_journal(left).records
    ends = [at + 1 for at, byte in enumerate(whole) if byte == 10]
    marks = sum(b'"is":"learnt"' in raw for raw in whole.splitlines())
    assert len(ends) == 1 + len(all_records) + marks
    cut = tmp_path / "cut.journal"
    for size in range(len(whole) + 1):
        cut.write_bytes(whole[:size])
        if size < ends[0]:
            with pytest.raises(JournalError):
                read_journal(cut)
            continue
        lines = whole[:size].splitlines(keepends=True)[1:]
        observed = [raw for raw in lines if raw.endswith(b"\n") and b'"is":"learnt"' not in raw]
        contents = read_journal(cut)
        assert contents.records == all_records[: len(observed)]
        assert contents.whole == (size in ends)


def test_every_prefix_that_ends_within_a_record_gives_a_cassette(left, state, tmp_path):
    whole = left.read_bytes()
    how = Recovery(profiles={"test": PROFILE}.get, output=tmp_path / "cut.yaml", replace=True, state=state)
    ends = [at + 1 for at, byte in enumerate(whole) if byte == 10]
    for size in sorted({*ends, *(end + 7 for end in ends[:-1]), *(end - 1 for end in ends[1:])}):
        (tmp_path / "cut.journal").write_bytes(whole[:size])
        told = texts(recover(tmp_path / "cut.journal", how).cassette)
        kept = [raw for raw in whole[:size].splitlines(keepends=True) if raw.endswith(b"\n")]
        assert len(told) == sum(b'"kind":"text"' in raw for raw in kept)


def test_durable_recording_loses_nothing_when_the_power_is_cut(tmp_path, state):
    with Journal(load_head(tmp_path), state, durable=True, create=HeldBackFile) as journal:
        for number in range(20):
            journal.append(message(number))
            assert len(read_journal(journal.path).records) == number + 1


def test_without_it_a_power_cut_loses_what_came_since_the_last_synchronisation_and_no_more(tmp_path, state):
    with Journal(load_head(tmp_path), state, sync_interval=3600.0, create=HeldBackFile) as journal:
        journal.append(message(0))
        until(lambda: len(read_journal(journal.path).records) == 1)
        journal.append(message(1))
        assert len(read_journal(journal.path).records) == 1
        journal.sync()
        assert len(read_journal(journal.path).records) == 2


def test_appended_records_reach_the_disk_by_themselves(tmp_path, state):
    with Journal(load_head(tmp_path), state, sync_interval=0.01, create=HeldBackFile) as journal:
        for number in range(5):
            journal.append(message(number))
        until(lambda: len(read_journal(journal.path).records) == 5)


def test_rewritten_journal_is_on_the_disk_on_return(tmp_path, state):
    with Journal(load_head(tmp_path), state, sync_interval=3600.0, create=HeldBackFile) as journal:
        journal.rewrite([message(1), message(2)])
        assert read_journal(journal.path).records == (message(1), message(2))


def message(number):
    from harness.record.events import MessagePassed

    return MessagePassed(exchange=0, at=number, direction="<", kind="text", data=b"%d" % number)


def until(condition, deadline=10.0):
    import time

    end = time.monotonic() + deadline
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)
