"""What each scenario looks like on the wire, in both generations: whole transcripts."""

import re

import pytest

from fake_server.scenarios import Step, WrongArgumentError, make_registry
from fake_server.service.step_handlers import STEP_HANDLERS
from tests.support.clients.core_client import Talk, last, names, send, service_of, text_of

PROMPTS = [
    "Hello",
    "Сгенерируй изображение котика",
    "Напиши Hello World на Python",
    "Write hello world in Rust",
    "/big 1",
    "/challenge",
    "/close 4001 good bye",
    "/cloudflare",
    "/cut 3",
    "/early-suggestions",
    "/empty",
    "/error too-many-messages",
    "/expire",
    "/fragments 4",
    "/image a cat",
    "/image-cut a cat",
    "/image-fail a cat",
    "/image-large a cat",
    "/image-only a cat",
    "/late-error",
    "/long 3",
    "/malformed",
    "/notjson",
    "/parts 2",
    "/ping",
    "/received-only",
    "/refuse 401",
    "/region",
    "/replace",
    "/reset 2",
    "/search rivers",
    "/silent",
    "/slow",
    "/stall 2",
    "/suggest",
    "/teapot",
    "/think rivers",
    "/throttle 90",
    "/title Rivers",
    "/two-in-one",
    "/unknown",
]


@pytest.mark.parametrize("generation", ["2025-03", "2025-10", "2026"])
@pytest.mark.parametrize("prompt", PROMPTS)
def test_scenario_on_the_wire(prompt, generation, snapshot):
    told = Talk(service_of(generation=generation)).say(send(prompt))
    assert "\n".join(map(readable, told)) == snapshot


def readable(line):
    """Long runs of base64 and the like are told by their length."""
    return re.sub(r"[A-Za-z0-9+/=]{200,}", lambda run: f"<{len(run[0])} characters>", line)


def test_every_scenario_has_a_transcript():
    played = {prompt.partition(" ")[0] for prompt in PROMPTS}
    assert {one.command for one in make_registry()} <= played


def test_every_step_can_be_performed():
    assert set(STEP_HANDLERS) == set(Step.__args__)


@pytest.mark.parametrize(
    "prompt",
    [
        "/cut x",
        "/long 1000000",
        "/big -1",
        "/close 999",
        "/close x",
        "/challenge riddle",
        "/refuse x",
        "/refuse " + "9" * 5000,
        "/slow 1.5",
    ],
)
def test_wrong_argument_is_answered_with_the_usage(prompt):
    told = text_of(Talk(service_of()).say(send(prompt)))
    assert told.startswith(f"Usage: {prompt.partition(' ')[0]} ")


def test_wrong_argument_inside_an_answer_is_told_in_it():
    from fake_server.scenarios import Say, Scenario

    def play(_):
        yield Say("begun. ")
        raise WrongArgumentError("No.")

    told = Talk(service_of(scenarios=(Scenario("/x", play, "", "Y"),))).say(send("/x"))
    assert text_of(told) == "begun. Usage: /x Y. No."


def test_unknown_command_is_answered_with_the_list():
    told = text_of(Talk(service_of()).say(send("/teapot")))
    assert told.startswith("There is no command /teapot. I know:\n")
    assert "\n/image SUBJECT" in told


@pytest.mark.parametrize(("mode", "draws"), [("smart", True), ("chat", True), ("search", True), ("reasoning", False)])
def test_modes_that_draw_in_2026(mode, draws):
    told = Talk(service_of()).say(send("/image a cat", mode=mode))
    assert ("imageGenerated" in names(told)) is draws


def test_message_without_a_mode_is_chat():
    message = '{"event":"send","conversationId":"c1","content":[{"type":"text","text":"hi"}]}'
    assert "appendText" in names(Talk(service_of()).say(message))


def test_title_of_a_command_is_its_argument():
    assert last(Talk(service_of()).say(send("/search rivers of Peru")), "titleUpdate")["title"] == "rivers of Peru"


def test_title_comes_again_when_a_scenario_sets_one():
    socket = Talk(service_of())
    socket.say(send("hi"))
    assert last(socket.say(send("/title New")), "titleUpdate")["title"] == "New"


def test_throttled_turn_says_when_to_come_again():
    event = last(Talk(service_of()).say(send("/throttle 90")), "chatMessageError")
    assert event["errorDetail"] == {"type": "throttled", "nextAvailableAt": "2026-01-15T10:01:30.000Z"}
