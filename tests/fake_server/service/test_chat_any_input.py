"""Properties of the chat socket that hold for any messages and any bytes."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.clients.core_client import INVALID, names, respond, send, talk, talk_of_2025

MESSAGES = st.sampled_from(
    [
        send("hi"),
        send("/long 4"),
        send("/challenge hashcash"),
        send("/silent"),
        send("/error x"),
        send("/malformed"),
        send("/title x"),
        send(""),
        respond("hashcash", "1"),
        '{"event":"stop"}',
        '{"event":"ping"}',
        '{"event":"setOptions"}',
        "nonsense",
    ]
)


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(MESSAGES, st.integers(0, 8))), st.sampled_from(["2025-03", "2025-10", "2026"]))
def test_any_order_of_messages_is_answered_with_numbered_events(said, generation):
    socket = talk(generation=generation)
    told = list(socket.greeting)
    for message, patience in said:
        told += socket.begin(message, 0)
        for _ in range(patience):
            told += socket.begin('{"event":"setOptions"}', 1) if socket.chat.has_output else []
    numbers = [json.loads(line)["id"] for line in told + socket.listen()]
    whole = [number for number in numbers if "." not in number]
    assert whole == list(map(str, range(len(whole))))
    assert numbers == sorted(set(numbers), key=lambda number: tuple(map(int, number.split("."))))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_answered(data):
    told = talk_of_2025().say(data)
    assert told in ([], [INVALID % 0]) or names(told)[0] in ("pong", "error")
