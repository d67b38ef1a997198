"""Challenges of the chat socket, and the client's answers."""

import pytest

from provider.wire.challenges import solve_copilot, solve_hashcash
from tests.support.clients.core_client import INVALID, last, names, respond, send, talk, talk_of_2025, text_of


def test_null_challenge_of_2026_is_numbered_apart():
    assert talk().say(send("/challenge null")) == ['{"event":"challenge","method":null,"parameter":null,"id":"1.0001"}']


def test_null_challenge_of_2025_counts():
    assert talk_of_2025().say(send("/challenge")) == ['{"event":"challenge","method":null,"parameter":null,"id":"0"}']


def test_challenge_of_2024_has_no_method_key():
    assert talk_of_2025().say(send("/challenge none-key")) == ['{"event":"challenge","id":"0"}']


@pytest.mark.parametrize(
    ("method", "solve"),
    [
        ("hashcash", lambda event: ("hashcash", solve_hashcash(event["parameter"]))),
        ("copilot", lambda event: ("copilot", solve_copilot(event["parameter"]))),
        ("cloudflare", lambda _: ("cloudflare", "a turnstile token")),
        ("null", lambda _: ("cloudflare", "a turnstile token")),
        ("none-key", lambda _: ("cloudflare", "a turnstile token")),
    ],
)
def test_challenge_that_is_passed_lets_the_same_message_through(method, solve):
    socket = talk()
    message = send(f"/challenge {method}")
    challenge = last(socket.say(message), "challenge")
    assert socket.say(respond(*solve(challenge))) == []
    told = socket.say(message)
    assert names(told)[0] == "received"
    assert text_of(told) == "You have passed the challenge."


@pytest.mark.parametrize(
    ("method", "answer"),
    [
        ("hashcash", ("hashcash", "x")),
        ("hashcash", ("copilot", "1")),
        ("copilot", ("copilot", "99")),
        ("cloudflare", ("cloudflare", "")),
        ("null", ("hashcash", "1")),
    ],
)
def test_wrong_answer_to_a_challenge_is_an_invalid_event(method, answer):
    socket = talk_of_2025()
    socket.say(send(f"/challenge {method}"))
    assert socket.say(respond(*answer)) == [INVALID % 1]
    assert names(socket.say(send(f"/challenge {method}"))) == ["challenge"]


def test_repeating_the_message_without_an_answer_brings_another_challenge():
    socket = talk()
    message = send("/challenge hashcash")
    first, second = last(socket.say(message), "challenge"), last(socket.say(message), "challenge")
    assert first["parameter"] != second["parameter"]
    assert (first["id"], second["id"]) == ("1.0001", "1.0002")
    socket.say(respond("hashcash", solve_hashcash(second["parameter"])))
    assert text_of(socket.say(message)) == "You have passed the challenge."


def test_another_message_gives_the_challenge_up():
    socket = talk()
    socket.say(send("/challenge null"))
    assert text_of(socket.say(send("hi"))).startswith("You said")


def test_challenge_that_nobody_answers_closes_the_socket():
    socket = talk(challenge_timeout=7)
    assert socket.chat.challenge_timeout is None
    socket.say(send("/challenge null"))
    assert socket.chat.challenge_timeout == 7
    assert [str(act) for act in socket.chat.time_out()] == ["Close(code=1000, reason='')"]
