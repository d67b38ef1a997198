"""The chat socket with a configuration or scenarios of the user's own."""

import json

import pytest

from fake_server.scenarios import Fail, Say, Scenario, ScenarioError, Suggest, Wait
from tests.support.clients.core_client import (
    INVALID,
    Talk,
    ask,
    json_of,
    names,
    playing,
    send,
    service_of,
    talk,
    talk_of_2025,
    text_of,
)


def test_pace_puts_a_pause_behind_each_piece():
    told = talk_of_2025(chunk_delay=0.25).say(send("hi"))
    assert names(told)[2:10] == ["appendText", "(pause 0.25)"] * 4


def test_wait_is_a_pause():
    assert talk(scenarios=(playing(Wait(3), Say("x")),)).say(send("/test"))[0] == "(pause 3)"


def test_always_stands_in_for_every_prompt():
    told = talk_of_2025(always="/error taskLimit").say(send("hi"))
    assert told == ['{"event":"error","errorCode":"taskLimit","id":"0"}']


def test_strict_service_wants_a_session_id_in_2026():
    service = service_of(strict=True)
    conversation = json_of(ask(service, "POST", "/c/api/conversations"))["id"]
    message = send("hi", conversation)
    assert names(Talk(service).say(message)) == ["error"]
    assert names(Talk(service, clientSessionId="s").say(message))[0] == "received"


def test_strict_service_knows_its_conversations():
    assert talk_of_2025(strict=True).say(send("hi")) == [INVALID % 0]


def test_scenario_that_fails_is_named():
    def play(_):
        yield Say("x")
        raise KeyError("y")

    service = service_of(scenarios=(Scenario("/broken", play, ""),))
    with pytest.raises(ScenarioError, match=r"the scenario /broken raised KeyError\('y'\)"):
        Talk(service).say(send("/broken"))


@pytest.mark.parametrize(
    ("play", "why"),
    [
        (lambda _: None, "is not a generator function: let it yield steps"),
        (lambda _: [Say("x")], "is not a generator function: let it yield steps"),
        (lambda: None, "raised TypeError"),
    ],
)
def test_scenario_that_is_no_generator_function_is_named(play, why):
    with pytest.raises(ScenarioError, match=f"the scenario /broken {why}"):
        Talk(service_of(scenarios=(Scenario("/broken", play, ""),))).say(send("/broken"))


def test_scenario_that_gives_no_step_is_named():
    with pytest.raises(ScenarioError, match="the scenario /test yielded 'text', which is not a step"):
        talk(scenarios=(playing("text"),)).say(send("/test"))


def test_steps_after_the_last_one_are_not_played():
    assert names(talk_of_2025(scenarios=(playing(Fail("x"), Say("y")),)).say(send("/test"))) == ["error"]


def test_message_is_answered_by_the_scenario_that_claims_it():
    socket = talk(claim=lambda asked: playing(Say(asked.prompt.upper())) if asked.turn == 1 else None)
    assert text_of(socket.say(send("/long 2"))) == "/LONG 2"
    assert text_of(socket.say(send("/long 2"))) == "word0 word1 "


def test_message_that_is_not_taken_is_not_claimed():
    asked = []
    assert names(talk(claim=asked.append).say(send(""))) == ["error"]
    assert asked == []


def test_error_event_may_tell_people_more():
    told = talk_of_2025(scenarios=(playing(Fail("x", "for people")),)).say(send("/test"))
    assert told == ['{"event":"error","errorCode":"x","message":"for people","id":"0"}']


@pytest.mark.parametrize(
    ("step", "suggestions"), [(Suggest(()), []), (Suggest((), even_if_empty=True), [[]]), (Suggest(("a",)), [["a"]])]
)
def test_suggestions_follow_as_the_scenario_says(step, suggestions):
    told = [json.loads(line) for line in talk(scenarios=(playing(step),)).say(send("/test"))]
    assert [each["suggestions"] for each in told if each["event"] == "suggestedFollowups"] == suggestions
