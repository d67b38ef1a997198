"""The pauses of a replay: as recorded, divided, or none."""

from __future__ import annotations

import time

import pytest

from harness.cassette.model import Line, ResponsePart, SocketExchange
from harness.replay.player import Player
from tests.support.cassettes.builders import PROFILE, cassette, lines
from tests.support.replay.playing import chat, playing, rest_of


def at(*rows: tuple[float, str]) -> SocketExchange:
    tape = tuple(
        Line(*(line.direction, int(when * 1e6), line.kind), line.data, line.code)
        for when, text in rows
        for line in lines(text)
    )
    return SocketExchange(target="/chat", response=ResponsePart(status=101), messages=tape)


def test_recorded_speed_keeps_the_servers_pauses_and_not_the_clients():
    recorded = at((10.0, "> a"), (10.15, "< one"), (10.3, "< two"), (10.3, "< close 1000"))
    with playing(recorded, speed="recorded") as server, chat(server) as client:
        client.send("a")
        began = time.monotonic()
        first = (client.recv(timeout=5), time.monotonic() - began)
        came, code, _ = rest_of(client)
        took = time.monotonic() - began
    assert (first[0], came, code) == ("one", ["two"], 1000)
    assert 0.1 < first[1] <= took
    assert 0.25 < took < 4


def test_faster_speed_divides_the_pauses():
    recorded = at((0.0, "> a"), (20.0, "< one"), (20.0, "< close 1000"))
    with playing(recorded, speed=100) as server, chat(server) as client:
        began = time.monotonic()
        client.send("a")
        rest_of(client)
    assert 0.15 < time.monotonic() - began < 12


def test_message_is_heard_while_a_line_waits_for_its_time():
    with playing(at((0.0, "> a"), (30.0, "< late")), speed="recorded") as server, chat(server) as client:
        client.send("a")
        client.send("b")
        assert rest_of(client)[1:] == (4004, "wiretape: mismatch at message 2")


@pytest.mark.parametrize("speed", [0, -1, float("inf"), float("nan")])
def test_speed_is_above_zero(speed):
    with pytest.raises(ValueError, match="speed"):
        Player(cassette(), PROFILE, speed=speed)
