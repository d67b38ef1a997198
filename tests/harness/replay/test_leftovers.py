"""What a playback counts as left over when its clients have gone."""

from __future__ import annotations

import pytest

from harness.cassette.model import Aborted, Call
from tests.support.cassettes.builders import call, lines, socket
from tests.support.replay.playbacks import opened, playback, say

TURN = '> {"event":"send"}\n< {"event":"appendText"}\n< {"event":"done"}\n< {"event":"titleUpdate"}\n> close 1000'


@pytest.mark.parametrize(
    ("taken", "left"),
    [(0, (3, 0)), (1, (2, 0)), (2, (0, 1)), (3, (0, 0))],
)
def test_lines_after_the_end_of_a_turn_are_trailing(taken, left):
    play = opened(playback(socket("/chat", TURN)))
    say(play, '{"event":"send"}')
    play.take(taken)
    rest = play.finish()
    assert rest is not None
    unsent = rest.unsent if taken else rest.unsent + rest.trailing
    assert (unsent, rest.trailing if taken else 0) == left


def test_message_that_did_not_come_is_left():
    rest = opened(playback(socket("/chat", TURN))).finish()
    assert rest is not None
    assert (rest.unsaid, rest.first) == (1, lines(TURN)[0])


def test_second_turn_that_was_never_asked_for_is_left():
    play = opened(playback(socket("/chat", TURN.replace("> close 1000", "") + TURN)))
    say(play, '{"event":"send"}')
    play.take(2)
    rest = play.finish()
    assert rest is not None
    assert (rest.trailing, rest.unsaid, rest.unsent) == (1, 1, 3)


def test_exchanges_that_nobody_asked_for_are_unplayed():
    play = playback(call("GET /a"), call("GET /b"), Call(method="GET", target="/c", aborted=Aborted(by="client")))
    play.request("GET", "/b")
    assert [each.exchange for each in play.unplayed()] == ["exchange 1: GET /a", "exchange 3: GET /c"]
