"""A value that the client generates takes the place of the recorded one."""

from __future__ import annotations

from harness.replay.played import Played
from tests.support.cassettes.builders import call, socket
from tests.support.replay.playbacks import leaving, opened, playback, say


def test_value_that_the_client_invents_comes_back_in_later_lines():
    tape = '> {"event":"send","conversationId":"A"}\n< {"id":"A","x":"A b"}\n< {"url":"/h?c=A&d=1"}\n< {"A":"B"}'
    play = opened(playback(socket("/chat", tape)))
    say(play, '{"event":"send","conversationId":"mine"}')
    assert leaving(play) == ['{"id":"mine","x":"A b"}', '{"url":"/h?c=mine&d=1"}', '{"A":"B"}']


def test_value_that_the_server_named_can_stand_for_nothing_else():
    play = playback(call("POST /c", b"", answer=b'{"id":"A"}'), socket("/chat", '> {"conversationId":"A"}'))
    play.request("POST", "/c")
    mismatch = say(opened(play), '{"conversationId":"B"}')
    assert mismatch is not None
    assert mismatch.nearest is not None
    assert mismatch.nearest.differences[0].note == 'in this session the recorded "A" stands for "A"'


def test_value_is_bound_across_exchanges():
    play = playback(socket("/chat", '> {"conversationId":"A"}'), call("GET /c/A", answer=b'{"id":"A"}'))
    say(opened(play), '{"conversationId":"B"}')
    played = play.request("GET", "/c/B")
    assert isinstance(played, Played)
    assert played.rendering.payload(b'{"id":"A"}') == b'{"id":"B"}'


def test_line_without_a_bound_value_keeps_its_spelling():
    tape = '> {"conversationId":"A"}\n< { "conversationId" : "Z", "x" : 1.0e0 }'
    play = opened(playback(socket("/chat", tape)))
    say(play, '{"conversationId":"B"}')
    assert leaving(play) == ['{ "conversationId" : "Z", "x" : 1.0e0 }']
