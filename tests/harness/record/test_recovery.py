"""A journal that was left behind becomes a cassette."""

import os
from datetime import UTC, datetime

import pytest

from harness.cassette.store import load
from harness.record import state_dir
from harness.record.errors import LivingRecordingError, LockedCassetteError, RecoveryError, UnsafeCassetteError
from harness.record.head_rules import HeadRules
from harness.record.hooks import RecordHooks
from harness.record.journal import Journal
from harness.record.options import RecordingOptions
from harness.record.recording import Recording
from harness.record.recovery import Recovery, recover
from tests.harness.record.conftest import PROFILE
from tests.support.cassettes.secret_talk import load_head, talk, texts


def test_recovered_cassette_is_the_one_that_would_have_been_written_but_says_that_it_was_cut(record, how):
    recording = record()
    talk(recording)
    expected = recording.hooked_cassette()
    recording.close()
    found = recover(recording.journal.path, how)
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
    recover(recording.journal.path, how)
    assert HeadRules.of(load(recording.path)) == rules


def test_recording_that_ended_but_was_not_written_is_recovered_whole(record, how, tmp_path):
    recording = record("missing/session.yaml")
    talk(recording)
    with pytest.raises(Exception, match="missing"):
        recording.finish()
    (tmp_path / "missing").mkdir()
    assert recover(recording.journal.path, how).cassette.recorded.complete


def test_living_recording_is_left_alone(record, how):
    recording = record()
    talk(recording)
    with pytest.raises(LivingRecordingError, match="still runs"):
        recover(recording.journal.path, how)
    with pytest.raises(LivingRecordingError):
        state_dir.discard(recording.journal.path)
    recording.finish()
    assert recording.path.exists()


def test_cassette_that_is_newer_is_kept_unless_it_may_be_replaced(left, how, tmp_path):
    (tmp_path / "session.yaml").write_text("mine")
    with pytest.raises(RecoveryError, match="changed after"):
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
        recover(recording.journal.path, how)
    chosen = Recovery(profiles=how.profiles, state=state, without_hooks=True)
    assert len(texts(recover(recording.journal.path, chosen).cassette)) == 3


def test_secret_in_a_journal_is_found_before_the_cassette_is_written(state, how, tmp_path):
    recorded = load_head(tmp_path, client=f"Bearer {JWT}")
    with Journal(recorded, state) as journal:
        path = journal.path
    with pytest.raises(UnsafeCassetteError) as caught:
        recover(path, how)
    assert caught.value.journal.path == path
    assert JWT not in str(caught.value)
    assert not (tmp_path / "session.yaml").exists()


JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJqb2hhbm5hLWRvZSIsImlhdCI6MTUxNjIzOTAyMn0.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c"
