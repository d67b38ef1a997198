"""Challenges over real sockets: an error at once, or an answer where that is switched on (docs/protocol.md §4.7)."""

import asyncio
import time

import pytest

from fake_server.host.server import serve
from fake_server.script import Config, Script
from provider import AsyncCopilotClient, ChallengeRequiredError, CopilotClient
from provider.challenges import ChallengeAsked
from provider.drivers.challenges import compute
from provider.wire.challenges import fits_hashcash
from provider.wire.generations import GENERATIONS

TOKEN = "token-of-the-tests"
HUMAN = ("null", "none-key", "cloudflare")
COMPUTED = ("hashcash", "copilot")


def ask(generation="2026", service=None, **options):
    with (
        serve(Script(Config(generation=generation, **(service or {})))) as server,
        CopilotClient(TOKEN, base_url=server.url, generation=generation, linger=0.3, **options) as client,
    ):
        return client.chat("hi").text


@pytest.mark.parametrize("method", [*HUMAN, *COMPUTED])
def test_challenge_is_an_error_at_once(method):
    begun = time.monotonic()
    with pytest.raises(ChallengeRequiredError) as caught:
        ask(service={"challenge": method})
    assert caught.value.method == (None if method in ("null", "none-key") else method)
    assert time.monotonic() - begun < 10


@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize("held", ["repeated", "kept"])
@pytest.mark.parametrize("method", COMPUTED)
def test_computable_challenge_is_answered_where_that_is_switched_on(method, held, generation):
    service = {"challenge": method, "switches": {"held-send": held}}
    assert "You said: “hi”. This is turn 1" in ask(generation, service, answer_challenges=True)


@pytest.mark.parametrize("method", HUMAN)
def test_humans_check_is_never_answered(method):
    with pytest.raises(ChallengeRequiredError, match="pass the check yourself"):
        ask(service={"challenge": method}, answer_challenges=True)


def test_challenge_in_the_middle_of_a_session_is_answered_too():
    with (
        serve(Script()) as server,
        CopilotClient(TOKEN, base_url=server.url, answer_challenges=True, linger=0.3) as client,
    ):
        assert client.chat("/challenge hashcash").text == "You have passed the challenge."
        assert "You said" in client.chat("and now?").text


def test_apps_own_answer_goes_before_the_computed_one():
    seen = []

    def answer(challenge):
        seen.append(challenge)
        return compute(challenge)

    assert "You said" in ask(service={"challenge": "copilot"}, on_challenge=answer)
    assert [challenge.method for challenge in seen] == ["copilot"]


def test_app_that_has_no_answer_leaves_it_to_what_is_switched_on():
    assert "You said" in ask(service={"challenge": "copilot"}, on_challenge=lambda _: None, answer_challenges=True)


def test_app_can_bring_what_a_person_has_passed():
    assert "You said" in ask(service={"challenge": "cloudflare"}, on_challenge=lambda _: "passed by a person")


async def test_asyncio_clients_hook_may_be_a_coroutine_function():
    async def answer(challenge):
        await asyncio.sleep(0)
        return compute(challenge)

    async with (
        serve(Script(Config(challenge="hashcash"))) as server,
        AsyncCopilotClient(TOKEN, base_url=server.url, on_challenge=answer) as client,
    ):
        assert (await client.chat("hi").read()).finish_reason == "stop"


async def test_computing_does_not_hold_up_the_loop():
    async with (
        serve(Script(Config(challenge="hashcash"))) as server,
        AsyncCopilotClient(TOKEN, base_url=server.url, answer_challenges=True) as client,
    ):
        assert (await client.chat("hi").read()).finish_reason == "stop"


@pytest.mark.parametrize(("parameter", "token"), [("9f3c:4", "11"), ("deadbeef:1", "0"), ("deadbeef:8", "448")])
def test_vectors_of_hashcash(parameter, token):
    assert compute(ChallengeAsked("hashcash", parameter)) == token
    assert fits_hashcash(parameter, token)


@pytest.mark.parametrize(("parameter", "token"), [("1", "3"), ("2.5", "19"), (7, "2"), ("13", "17"), (42, "9")])
def test_vectors_of_the_arithmetic_one(parameter, token):
    assert compute(ChallengeAsked("copilot", parameter)) == token


@pytest.mark.parametrize(
    "challenge",
    [
        ChallengeAsked("hashcash", "9f3c:23"),
        ChallengeAsked("hashcash", "9f3c"),
        ChallengeAsked("hashcash", 5),
        ChallengeAsked("copilot", "much"),
        ChallengeAsked("newer", "9f3c:4"),
        ChallengeAsked(None, None),
    ],
)
def test_what_is_out_of_bounds_or_unknown_has_no_answer(challenge):
    assert compute(challenge) is None


def test_time_is_bounded():
    assert compute(ChallengeAsked("hashcash", "9f3c:22"), within=0.01) is None
