"""A session that begins by polling and goes on by a socket: whether it polls a last time is chance."""

from __future__ import annotations

from harness.match.request import ParsedMessage
from harness.replay.playback import Playback
from harness.replay.played import Played
from harness.replay.socket_playback import SocketPlayback
from tests.support.cassettes.builders import PLAIN, call, cassette, socket

_SID = "kZ4Vq9Lw2Xn7Tb1Rd8Ys"
_OPEN = "/live/?by=poll"
_POLL = f"/live/?by=poll&sid={_SID}"
_SOCKET = f"/live/?by=socket&sid={_SID}"


def played(*asked: str, last: bytes = b"6", polled_at: int = 3000, poll: str = _POLL) -> Playback:
    """A playback of a session that opens, goes to a socket and polls a last time, where this was asked for."""
    exchanges = [
        call(f"GET {_OPEN}", answer=b'{"sid":"%s"}' % _SID.encode()),
        socket(_SOCKET, "> probe\n< ready", at=2000),
        call(f"GET {poll}", answer=last, at=polled_at),
    ]
    playback = Playback(cassette(*exchanges), PLAIN)
    for target in asked:
        if target == _SOCKET:
            opened = playback.open_socket(target)
            assert isinstance(opened, SocketPlayback)
            assert opened.feed(ParsedMessage("text", b"probe")) is None
        else:
            assert isinstance(playback.request("GET", target), Played)
    return playback


def left(playback: Playback) -> list[str]:
    return [each.exchange for each in playback.unplayed()]


def test_last_poll_is_not_missing_once_the_socket_was_played_and_the_report_says_so():
    playback = played(_OPEN, _SOCKET)
    assert left(playback) == []
    assert playback.given_up() == [
        f"exchange 3: GET {_POLL}: not requested, as exchange 2: socket /live/ had taken over",
    ]


def test_last_poll_that_is_asked_for_is_played():
    playback = played(_OPEN, _SOCKET, _POLL)
    assert (left(playback), playback.given_up()) == ([], [])


def test_poll_that_is_asked_for_after_a_first_look_at_the_report_leaves_no_note():
    playback = played(_OPEN, _SOCKET)
    assert playback.given_up()
    assert isinstance(playback.request("GET", _POLL), Played)
    assert playback.given_up() == []


def test_poll_is_missing_where_no_socket_was_played():
    assert left(played(_OPEN))[1:] == [f"exchange 3: GET {_POLL}"]


def test_poll_that_brought_something_is_missing():
    assert left(played(_OPEN, _SOCKET, last=b'42["told","something"]')) == [f"exchange 3: GET {_POLL}"]


def test_poll_from_before_the_socket_is_missing():
    assert left(played(_OPEN, _SOCKET, polled_at=1000)) == [f"exchange 3: GET {_POLL}"]


def test_request_of_no_session_is_missing():
    assert left(played(_OPEN, _SOCKET, poll="/live/?by=poll&sid=another")) == [
        "exchange 3: GET /live/?by=poll&sid=another"
    ]
