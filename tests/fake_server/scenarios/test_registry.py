"""Scenarios by their command."""

import pytest

from fake_server.scenarios import (
    Asked,
    Registry,
    Say,
    Scenario,
    ScenarioError,
    UnknownScenarioError,
    WrongArgumentError,
    make_registry,
    scenario,
    shortened,
    speak,
    whole_number,
)


def nothing(_):
    yield Say("")


def test_decorator_makes_a_scenario():
    made = scenario("/weather", help="tells the weather", argument="TOWN")(nothing)
    assert made == Scenario("/weather", nothing, "tells the weather", "TOWN")
    assert made.usage == "/weather TOWN"


@pytest.mark.parametrize("command", ["weather", "/", "/Weather", "/two words", "//x", ""])
def test_command_that_is_none_is_refused(command):
    with pytest.raises(ScenarioError, match="is not a scenario's command"):
        scenario(command, help="")


def test_later_scenario_takes_the_place_of_an_earlier_one():
    first, second = Scenario("/x", nothing, "first"), Scenario("/x", nothing, "second")
    assert list(Registry([first, second])) == [second]


def test_own_scenario_takes_the_place_of_ours():
    own = Scenario("/image", nothing, "own")
    assert make_registry([own]).find("/image") is own


def test_unknown_scenario_names_the_nearest():
    with pytest.raises(UnknownScenarioError, match=r"there is no scenario /imge; did you mean /image"):
        make_registry().find("/imge")


def test_unknown_scenario_like_no_other_names_all():
    with pytest.raises(UnknownScenarioError, match=r"there is no scenario /zzzzzz; known: /big, /challenge, "):
        make_registry().find("/zzzzzz")


def test_table_has_a_line_for_each():
    table = make_registry().table().splitlines()
    assert len(table) == len(list(make_registry()))
    assert any(line.startswith("/challenge [METHOD]") and line.endswith("before it answers") for line in table)


def test_every_scenario_says_what_it_does():
    assert all(one.help and one.play.__doc__ for one in make_registry())


@pytest.mark.parametrize(("text", "number"), [("", 5), ("0", 0), ("7", 7), ("100", 100)])
def test_whole_number_is_read(text, number):
    assert whole_number(text, default=5, most=100) == number


@pytest.mark.parametrize("text", ["101", "-1", "1.5", "x", "٣", "9" * 5000])
def test_what_is_no_number_is_told(text):
    with pytest.raises(WrongArgumentError, match="from 0 to 100"):
        whole_number(text, default=5, most=100)


def test_long_text_is_cut_to_one_line():
    assert shortened("a\n b", 10) == "a b"
    assert shortened("abcdef", 4) == "abc…"


@pytest.mark.parametrize(("text", "pieces"), [("", []), ("abc", ["a", "b", "c"]), ("abcde", ["ab", "cd", "e"])])
def test_text_is_spoken_in_pieces(text, pieces):
    assert [step.text for step in speak(text)] == pieces


def test_equal_turns_have_equal_chance():
    assert Asked(prompt="", argument="").random.random() == Asked(prompt="", argument="").random.random()
