"""Times by a clock that began with the client's program, such as those of ``performance.now()``."""

from __future__ import annotations

import json

import pytest

from harness.match.request import ParsedMessage
from harness.replay.own_clocks import find_own_clocks
from harness.replay.socket_playback import SocketPlayback
from tests.harness.replay.test_auto_bind import playback
from tests.support.cassettes.builders import socket


def clocks(values: list[float], name: str = "ct", step: int = 100_000) -> frozenset[str]:
    return find_own_clocks((at * step, json.dumps({"d": {name: value}}).encode()) for at, value in enumerate(values))


@pytest.mark.parametrize(
    ("values", "name", "step"),
    [
        ([969.417698, 1072.1282, 1171.5], "ct", 100_000),
        ([969.417698, 970.1282], "t1", 700),
        ([4242.1234, 4242.2239], "sent_at", 100_000),
        ([7.123456, 8.123987, 9.124001], "x", 1_000_000),
    ],
)
def test_numbers_that_grow_as_time_passes_are_those_of_a_clock(values, name, step):
    assert clocks(values, name, step) == {f"d.{name}"}


@pytest.mark.parametrize(
    ("values", "name", "step"),
    [
        ([969.417698], "ct", 100_000),
        ([969.417698, 1900.1282], "ct", 100_000),
        ([1072.1282, 969.417698], "ct", 100_000),
        ([0.51234, 0.52345, 0.53999], "x", 700),
        ([52.520008, 52.620117], "lat", 100_000),
        ([12.125, 88.375], "time", 100_000),
        ([100, 200, 300], "ct", 100_000),
    ],
)
def test_other_numbers_are_not(values, name, step):
    assert not clocks(values, name, step)


def test_message_may_have_another_time_and_the_answer_repeats_it():
    lines = [
        f"> {json.dumps({'op': 'move', 'ct': 900.125 + at})}\n< {json.dumps({'of': 900.125 + at})}" for at in (0, 1)
    ]
    opened = playback(socket("/game", "\n".join(lines) + "\n< close 1000")).open_socket("/game")
    assert isinstance(opened, SocketPlayback)
    for time in (17.0625, 29.4375):
        assert opened.feed(ParsedMessage("text", json.dumps({"op": "move", "ct": time}).encode())) is None
        assert str(time).encode() in b"".join(bytes(piece) for piece in opened.take(opened.available()))


def test_message_may_not_differ_otherwise():
    lines = [f"> {json.dumps({'op': 'move', 'ct': 900.125 + at})}" for at in (0, 1)]
    opened = playback(socket("/game", "\n".join(lines) + "\n< close 1000")).open_socket("/game")
    assert isinstance(opened, SocketPlayback)
    assert opened.feed(ParsedMessage("text", b'{"op": "jump", "ct": 17.0625}')) is not None
