"""Something is found by whatever it is called."""

import pytest

from fake_server.evidence import EVIDENCE, Group, UnknownWordError, find, search
from provider.wire.generations import GENERATIONS


def names(word, generation=None):
    return [each.name for each in search(word, generation)]


def test_no_word_finds_everything():
    assert search() == list(EVIDENCE)


def test_endpoint_is_found_as_it_is_written_and_first():
    assert names("POST /c/api/start")[0] == "POST /c/api/start"


def test_letter_case_does_not_matter():
    assert names("post /C/API/START") == names("POST /c/api/start")


def test_word_of_a_subject_finds_all_of_it():
    found = search("challenge")
    assert {Group.COMMANDS, Group.EVENTS, Group.CHALLENGES, Group.ENDS, Group.SWITCHES, Group.SCENARIOS} <= {
        each.group for each in found
    }


def test_paragraph_finds_what_rests_on_it():
    assert {each.paragraph for each in search("§4.9")} == {"§4.9"}


def test_words_that_stand_apart_are_found_where_all_of_them_are():
    assert "session-key" in names("460 temporary")


def test_generation_leaves_out_what_it_has_not():
    assert "POST /c/api/start" not in names("start", "2025-03")
    assert "connected" in names("connected", "2025-03"), "it can be switched on"


@pytest.mark.parametrize("generation", GENERATIONS)
def test_every_generation_has_something(generation):
    assert 0 < len(search("", generation)) <= len(EVIDENCE)


def test_misspelt_word_is_told_its_neighbours():
    with pytest.raises(UnknownWordError, match="no behaviour matches 'chalenge': search for one of: challenge"):
        search("chalenge")


def test_word_that_is_near_to_nothing_is_told_the_groups():
    with pytest.raises(UnknownWordError) as raised:
        search("qqqqqqqq")
    assert raised.value.known == tuple(group.value for group in Group)


def test_evidence_is_found_by_its_group_and_name():
    assert find(Group.ERRORS, "throttled").paragraph == "§4.6"
    assert find(Group.ERRORS, "nonsense") is None
