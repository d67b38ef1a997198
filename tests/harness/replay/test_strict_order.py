"""Requests in the recorded order only: what may come beside it, as its number is chance."""

from __future__ import annotations

import pytest

from harness.cassette.model import ResponsePart, SocketExchange
from harness.replay.playback import Playback
from harness.replay.played import Mismatch, Played, Refused
from harness.replay.rules import PlayRules
from harness.replay.socket_playback import SocketPlayback
from tests.support.cassettes.builders import PLAIN, call, cassette, socket

_BEAT = b'{"type":"ping"}'
_BUSY = call("GET /a", answer=b"busy", status=503)
_FINE = call("GET /a", answer=b"fine", at=30)
_OTHER = call("GET /b", answer=b"other", at=20)


def strictly(*exchanges) -> Playback:
    return Playback(cassette(*exchanges, origin=PLAIN.upstream), PLAIN, play_rules=PlayRules(strict_order=True))


def answers(play: Playback, *asked: str) -> list[bytes | None]:
    """The bodies that the requests get; None for a mismatch. A request with a body has it after a second space."""
    found: list[bytes | None] = []
    for each in asked:
        method, target, *body = each.split(" ", 2)
        played = play.request(method, target, (), body[0].encode() if body else b"")
        found.append(played.exchange.response.body.data if isinstance(played, Played) else None)
    return found


def test_requests_come_in_the_recorded_order():
    assert answers(strictly(_OTHER, _FINE), "GET /a", "GET /b", "GET /a") == [None, b"other", b"fine"]


def test_refused_request_may_be_repeated():
    play = strictly(_BUSY, _OTHER)
    assert answers(play, "GET /a", "GET /a", "GET /b", "GET /a") == [b"busy", b"busy", b"other", b"busy"]
    assert play.unplayed() == []


def test_refused_request_whose_result_was_recorded_later_waits_for_its_turn():
    assert answers(strictly(_BUSY, _OTHER, _FINE), "GET /a", "GET /a", "GET /b", "GET /a") == [
        b"busy",
        None,
        b"other",
        b"fine",
    ]


def test_played_request_is_not_repeated():
    assert answers(strictly(_OTHER, _FINE), "GET /b", "GET /b") == [b"other", None]


@pytest.mark.parametrize("count", range(4))
def test_heartbeats_come_as_often_as_they_come(count: int):
    beats = [call("POST /rpc", _BEAT, answer=b"pong", at=at) for at in (10, 25)]
    play = strictly(_OTHER, *beats, _FINE)
    sent = [f"POST /rpc {_BEAT.decode()}"] * count
    assert answers(play, "GET /b", *sent, "GET /a") == [b"other", *[b"pong"] * count, b"fine"]
    assert play.unplayed() == []


def test_refused_upgrade_may_be_repeated():
    refused = SocketExchange(target="/live", response=ResponsePart(status=503))
    play = strictly(refused, _OTHER)
    assert [isinstance(play.open_socket("/live"), Refused) for _ in range(2)] == [True, True]
    assert answers(play, "GET /b") == [b"other"]


def test_socket_out_of_order_is_a_mismatch():
    play = strictly(_OTHER, socket("/live", "< hi", at=30))
    assert isinstance(play.open_socket("/live"), Mismatch)
    assert answers(play, "GET /b") == [b"other"]
    assert isinstance(play.open_socket("/live"), SocketPlayback)
