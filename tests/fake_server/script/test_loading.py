"""Scenarios out of a user's own file."""

import pytest

from fake_server.script import Config, ScenarioFileError, load_scenarios
from tests.support.clients.core_client import Talk, send, service_of, text_of

WEATHER = """
from fake_server.scenarios import Say, scenario


@scenario("/weather", help="tells the weather", argument="TOWN")
def weather(asked):
    yield Say(f"In {asked.argument} ")
    yield Say("the sun shines.")
"""


@pytest.fixture
def load(tmp_path):
    def load(source):
        file = tmp_path / "mine.py"
        file.write_text(source)
        return load_scenarios(file)

    return load


def test_own_scenario_is_played(load):
    told = Talk(service_of(scenarios=load(WEATHER))).say(send("/weather Paris"))
    assert text_of(told) == "In Paris the sun shines."


def test_own_scenario_takes_the_place_of_ours(load):
    own = load(WEATHER.replace("/weather", "/image"))
    assert text_of(Talk(service_of(scenarios=own)).say(send("/image Paris"))) == "In Paris the sun shines."


def test_scenario_under_two_names_counts_once(load):
    assert len(load(WEATHER + "\nsame = weather\n")) == 1


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("", r"mine\.py: the file has no scenario: decorate a generator function with @scenario"),
        ("x =", r"mine\.py, line 1: not Python: invalid syntax"),
        ("import os\n\nos.nothing\n", r"mine\.py, line 3: AttributeError: module 'os' has no attribute 'nothing'"),
        ("import nothing_of_that_name\n", r"mine\.py, line 1: ModuleNotFoundError: No module named"),
        ("x = '\0'", r"mine\.py.*null"),
        (
            WEATHER + WEATHER.replace("def weather", "def again"),
            r"mine\.py: two scenarios have the command /weather: rename or remove one",
        ),
        (
            WEATHER.replace("/weather", "weather"),
            r"mine\.py, line 5: ScenarioError: 'weather' is not a scenario's command",
        ),
    ],
)
def test_file_that_cannot_be_used_says_where_and_why(load, source, why):
    with pytest.raises(ScenarioFileError, match=why):
        load(source)


def test_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ScenarioFileError, match=r"none\.py: cannot be read: No such file or directory"):
        load_scenarios(tmp_path / "none.py")


def test_config_takes_what_was_loaded(load):
    assert Config(scenarios=load(WEATHER)).scenarios[0].command == "/weather"
