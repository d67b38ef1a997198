"""Each input that fuzzing starts from, and each that was once a finding, through its target: without atheris."""

import pytest

from tests.fuzz.corpus import KEPT, dictionary, kept, seeds
from tests.fuzz.targets import TARGETS, check


@pytest.mark.parametrize("name", TARGETS)
def test_target_reads_inputs_of_its_kind(name):
    accepted = 0
    for data in seeds(name):
        try:
            TARGETS[name].run(data)
        except TARGETS[name].errors:
            continue
        accepted += 1
    assert accepted >= 4, "seeds that are refused lead a fuzzer nowhere"


@pytest.mark.parametrize("name", TARGETS)
def test_cut_and_changed_inputs_give_a_value_or_the_targets_own_error(name):
    for data in seeds(name)[:3]:
        for at in range(0, len(data), len(data) // 4 + 1):
            check(name, data[:at])
            check(name, data[:at] + b"\xff\x00" + data[at + 1 :])


@pytest.mark.parametrize("name", TARGETS)
def test_no_former_finding_comes_back(name):
    for data in kept(name):
        check(name, data)


def test_each_folder_of_former_findings_has_its_target():
    folders = {path.name for path in KEPT.glob("*")}
    assert folders <= set(TARGETS)


def test_error_that_a_target_does_not_name_is_a_finding(monkeypatch):
    def broken(_):
        raise KeyError

    monkeypatch.setitem(TARGETS, "events", type(TARGETS["events"])(broken, TARGETS["events"].errors, ""))
    with pytest.raises(KeyError):
        check("events", b"")


def test_dictionary_holds_the_words_of_the_seeds_each_in_quotes():
    rows = dictionary("fault").splitlines()
    assert {'"cut"', '"after"', '"messages"', '"retry-after"'} <= set(rows)
    assert all(row[0] == row[-1] == '"' and '"' not in row[1:-1] for row in rows)
