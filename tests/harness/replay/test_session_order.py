"""The order of a whole session, where the cassette keeps it."""

from __future__ import annotations

from harness.replay.played import Played
from tests.support.cassettes.builders import call, socket
from tests.support.replay.playbacks import leaving, opened, playback, say


def test_line_waits_for_the_whole_session_where_the_cassette_says_so():
    play = playback(socket("/chat", "< early\n< late"), call("GET /a", at=1500), order="session")
    first = opened(play)
    before = leaving(first)
    play.request("GET", "/a")
    assert (before, leaving(first)) == (["early"], ["late"])


def test_answer_waits_for_what_the_client_said_before_it():
    play = playback(socket("/chat", "> a"), call("GET /a", at=5000), order="session")
    first = opened(play)
    played = play.request("GET", "/a")
    assert isinstance(played, Played)
    before = play.order.may_respond(played.entry)
    say(first, "a")
    assert (before, play.order.may_respond(played.entry)) == (False, True)


def test_socket_that_ended_holds_nobody_up():
    play = playback(socket("/chat", "> a"), call("GET /a", at=5000), order="session")
    opened(play).finish()
    played = play.request("GET", "/a")
    assert isinstance(played, Played)
    assert play.order.may_respond(played.entry)
