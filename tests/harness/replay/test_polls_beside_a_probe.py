"""Polls that go on until a socket takes over: what the confirmation of its probe waits for."""

from __future__ import annotations

import msgspec
import pytest

from harness.cassette.model import Line
from harness.match.request import ParsedMessage
from harness.replay.playback import Playback
from tests.harness.replay.test_causes import ask, opened, playback
from tests.support.cassettes.builders import call, socket

SID = "kQac0kHYDaZpMGOOAAAA"


def engine_poll(number: int, at: int, answer: bytes):
    return call(f"GET /io/?EIO=4&transport=polling&t=r{number}x&sid={SID}", at=at * 1000, after=1000, answer=answer)


def test_socket_confirms_the_probe_only_when_the_client_polled_all_that_polls_carry():
    opening = call("GET /io/?EIO=4&transport=polling", at=0, after=1000, answer=f'0{{"sid":"{SID}"}}'.encode())
    upgrade = socket(f"/io/?EIO=4&transport=websocket&sid={SID}", "> 2probe\n< 3probe\n> 5\n> 42[1]", at=10_000)
    play = playback(
        opening, upgrade, engine_poll(1, 9, b'40/oak,{"sid":"a"}'), engine_poll(2, 12, b'40/elm,{"sid":"b"}')
    )
    ask(play, 0)
    taken = opened(play, upgrade.target)
    assert taken.feed(ParsedMessage("text", b"2probe")) is None
    assert taken.available() == 0
    ask(play, 2)
    assert taken.available() == 0
    ask(play, 3)
    assert taken.available() == 1


def test_poll_without_content_does_not_hold_a_socket_up():
    opening = call("GET /io/?EIO=4&transport=polling", at=0, after=1000, answer=f'0{{"sid":"{SID}"}}'.encode())
    upgrade = socket(f"/io/?EIO=4&transport=websocket&sid={SID}", "> 2probe\n< 3probe\n> 5\n> 42[1]", at=10_000)
    play = playback(opening, upgrade, engine_poll(1, 11, b"6"))
    ask(play, 0)
    taken = opened(play, upgrade.target)
    assert taken.feed(ParsedMessage("text", b"2probe")) is None
    assert taken.available() == 1


def responds(play: Playback, number: int) -> bool:
    return play.order.may_respond(play.catalogue.entries[number])


@pytest.mark.parametrize("answer", [b"6", b'40/oak,{"sid":"a"}'])
def test_poll_that_was_open_when_the_probe_was_confirmed_ends_after_that(answer):
    opening = call("GET /io/?EIO=4&transport=polling", at=0, after=1000, answer=f'0{{"sid":"{SID}"}}'.encode())
    upgrade = socket(f"/io/?EIO=4&transport=websocket&sid={SID}", "> 2probe\n< 3probe\n> 5\n> 42[1]", at=10_000)
    play = playback(opening, upgrade, engine_poll(1, 11, answer))
    ask(play, 0)
    taken = opened(play, upgrade.target)
    ask(play, 2)
    assert taken.feed(ParsedMessage("text", b"2probe")) is None
    assert not responds(play, 2)
    taken.take(taken.available())
    assert responds(play, 2)


def test_last_poll_before_the_probe_was_confirmed_ends_after_that():
    opening = call("GET /io/?EIO=4&transport=polling", at=0, after=1000, answer=f'0{{"sid":"{SID}"}}'.encode())
    upgrade = socket(f"/io/?EIO=4&transport=websocket&sid={SID}", "> 2probe\n< 3probe\n> 5\n> 42[1]", at=4_500)
    play = playback(opening, engine_poll(1, 2, b'40{"sid":"a"}'), engine_poll(2, 4, b'42["welcome"]'), upgrade)
    for number in (0, 1, 2):
        ask(play, number)
    assert responds(play, 1)
    assert not responds(play, 2)
    taken = opened(play, upgrade.target)
    assert taken.feed(ParsedMessage("text", b"2probe")) is None
    taken.take(taken.available())
    assert responds(play, 2)


@pytest.mark.parametrize("at", [5, 11], ids=["before it was confirmed", "after that"])
def test_probe_is_confirmed_when_the_client_posted_what_it_posted_before_its_change(at):
    opening = call("GET /io/?EIO=4&transport=polling", at=0, after=1000, answer=f'0{{"sid":"{SID}"}}'.encode())
    rows = (Line(">", 0, "text", b"2probe"), Line("<", 3000, "text", b"3probe"), Line(">", 9000, "text", b"5"))
    upgrade = msgspec.structs.replace(socket(f"/io/?EIO=4&transport=websocket&sid={SID}", "", at=4_500), messages=rows)
    said = call(f"POST /io/?EIO=4&transport=polling&sid={SID}", b'42["hello"]', at=at * 1000, after=1000)
    play = playback(opening, said, upgrade, engine_poll(1, 2, b'42["welcome"]'), engine_poll(2, 4, b"6"))
    for number in (0, 3):
        ask(play, number)
    assert responds(play, 3)
    taken = opened(play, upgrade.target)
    assert taken.feed(ParsedMessage("text", b"2probe")) is None
    assert taken.available() == 0
    ask(play, 1)
    assert not responds(play, 1)
    taken.take(taken.available())
    assert responds(play, 1)
