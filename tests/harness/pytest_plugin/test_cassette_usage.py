"""What a run used, of one process or of several taken together."""

from pathlib import Path

import pytest

from harness.pytest_plugin.cassette_usage import CassetteUsage, Certainty

SHARED = Path("/tests/cassettes/shared.yaml")
OTHER = Path("/tests/tapes/other.yaml")
EXCHANGES = ("1: GET /a", "2: GET /b", "3: GET /a")
ALIKE = (0, 1, 0)


def expect(usage, test, path=SHARED, certainty=Certainty.PREDICTED, *, is_named=True):
    usage.expect(test, path, certainty, is_named=is_named)


def worker(done, played):
    usage = CassetteUsage()
    for test in ("one", "two"):
        expect(usage, test)
    use = usage.play(SHARED, done, played, "error")
    use.exchanges, use.alike = EXCHANGES, ALIKE
    return usage


def merged(*workers):
    usage = CassetteUsage()
    for each in workers:
        usage.add(each.pack())
    return usage


def test_cassette_that_two_tests_name_is_shared():
    usage = CassetteUsage()
    expect(usage, "one")
    assert not usage.is_shared(SHARED)
    expect(usage, "one")
    assert not usage.is_shared(SHARED)
    expect(usage, "two")
    assert usage.is_shared(SHARED)


def test_test_and_fixture_that_name_one_cassette_share_it():
    usage = CassetteUsage()
    expect(usage, "one")
    usage.claim(SHARED, "two")
    assert usage.is_shared(SHARED)


def test_what_a_test_has_named_when_it_ran_goes_over_what_was_foretold():
    usage = CassetteUsage()
    expect(usage, "one", OTHER, Certainty.SEEN)
    expect(usage, "one", SHARED, Certainty.PREDICTED)
    assert usage.tests_of(SHARED) == set()
    assert usage.tests_of(OTHER) == {"one"}


@pytest.mark.parametrize(
    ("guess", "is_named", "may"),
    [(OTHER, False, True), (OTHER, True, False), (OTHER.with_name(SHARED.name), True, True)],
    ids=["by a default name", "not by another name", "by another folder"],
)
def test_cassette_may_be_shared_with_whom_a_wire_config_has_not_spoken_to_yet(guess, is_named, may):
    usage = CassetteUsage()
    expect(usage, "one")
    expect(usage, "two", guess, Certainty.GUESSED, is_named=is_named)
    assert usage.may_be_shared(SHARED, is_named=True) == may
    assert not usage.may_be_shared(SHARED, is_named=False)
    expect(usage, "two", OTHER, Certainty.SEEN)
    assert not usage.may_be_shared(SHARED, is_named=True)


def test_workers_together_leave_what_none_of_them_played():
    use = merged(worker(["one"], [0]), worker(["two"], [])).cassettes[SHARED]
    assert use.left() == ["2: GET /b"]


def test_nothing_is_left_where_all_was_played_by_somebody():
    assert merged(worker(["one"], [0]), worker(["two"], [1])).cassettes[SHARED].left() == []


def test_same_question_recorded_twice_may_be_answered_by_either():
    assert merged(worker(["one"], [2]), worker(["two"], [1])).cassettes[SHARED].left() == []


def test_nothing_is_said_before_all_users_done():
    assert not merged(worker(["one"], [])).all_users_done(SHARED)
    assert merged(worker(["one"], []), worker(["two"], [])).all_users_done(SHARED)


@pytest.mark.parametrize("policy", ["warn", "ignore"])
def test_policy_of_the_worker_that_played_is_kept(policy):
    player, idle = worker(["one"], [0]), CassetteUsage()
    player.cassettes[SHARED].unplayed = policy
    expect(idle, "two")
    assert merged(player, idle).cassettes[SHARED].unplayed == policy
    assert merged(idle, player).cassettes[SHARED].unplayed == policy


def test_packing_loses_nothing():
    usage = worker(["one"], [0, 2])
    usage.claim(OTHER, "three")
    usage.folders.add(SHARED.parent)
    usage.deselected = 3
    assert merged(usage).pack() == usage.pack()


def test_each_worker_counts_the_same_deselected_tests():
    one, two = CassetteUsage(), CassetteUsage()
    one.deselected = two.deselected = 3
    assert merged(one, two).deselected == 3


def test_orphans_are_the_files_that_nobody_named(tmp_path):
    usage = CassetteUsage()
    usage.folders.add(tmp_path)
    (tmp_path / "chat").mkdir()
    for name in ("used.yaml", "old.yml", "chat/deep.yaml", "notes.txt"):
        (tmp_path / name).touch()
    expect(usage, "one", tmp_path / "used.yaml")
    assert usage.orphans() == [tmp_path / "chat" / "deep.yaml", tmp_path / "old.yml"]


def test_file_that_was_only_guessed_and_never_named_is_an_orphan(tmp_path):
    usage = CassetteUsage()
    usage.folders.add(tmp_path)
    (tmp_path / "guessed.yaml").touch()
    expect(usage, "one", tmp_path / "guessed.yaml", Certainty.GUESSED)
    expect(usage, "one", SHARED, Certainty.SEEN)
    assert usage.orphans() == [tmp_path / "guessed.yaml"]
