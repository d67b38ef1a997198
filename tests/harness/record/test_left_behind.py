"""What recordings left behind: listed, and tidied away when it is of no use."""

import os

import pytest

from harness.record import state_dir
from harness.record.errors import JournalError
from harness.record.recovery import recover


def test_recovered_journal_is_removed(left, how, state):
    recover(left, how)
    assert state_dir.journals(state) == []
    assert not left.exists()


def test_listing_tells_living_recordings_from_those_left_behind(record, left, state):
    living = record("other.yaml")
    found = {each.path: (each.living, each.head.cassette) for each in state_dir.journals(state)}
    assert found[left] == (False, str(left.parent.parent / "session.yaml"))
    assert found[living.journal.path] == (True, str(living.path))


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
