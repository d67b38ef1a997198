"""MQTT is replayed packet by packet: libraries cut and number packets as they like."""

from __future__ import annotations

import pytest

from harness.cassette.model import Line, SocketExchange
from harness.replay.playback import Playback
from harness.replay.problems import MessageMismatch
from harness.replay.socket_playback import SocketPlayback
from tests.support.cassettes.builders import PLAIN, cassette, socket
from tests.support.framing.mqtt import connect, publish, reply, subscribe
from tests.support.replay.playbacks import opened

CONNACK = b"\x20\2\0\0"


def recorded(*rows: tuple[str, bytes]) -> SocketExchange:
    lines = [Line(direction, number * 1000, "binary", data) for number, (direction, data) in enumerate(rows)]
    empty = socket("/mqtt", "")
    return SocketExchange(target="/mqtt", request=empty.request, response=empty.response, messages=tuple(lines))


def playing(*rows: tuple[str, bytes]) -> SocketPlayback:
    return opened(Playback(cassette(recorded(*rows)), PLAIN, now=lambda: 1.8e9), "/mqtt")


def said(play: SocketPlayback, data: bytes) -> list[object]:
    return [play.feed(message) for message in play.packets("binary", data)]


def answer(play: SocketPlayback) -> bytes:
    return b"".join(bytes(piece)[2:] for piece in play.take(play.available()))


def differences(mismatch: object) -> list[str]:
    assert isinstance(mismatch, MessageMismatch)
    assert mismatch.nearest is not None
    return [str(each) for each in mismatch.nearest.differences]


SESSION = (
    (">", connect("walker_1a2b")),
    ("<", CONNACK),
    (">", subscribe("trees", 100)),
    ("<", reply(9, 100, b"\1")),
    (">", publish("trees", b"oak", 101)),
    ("<", reply(4, 101)),
)


def test_client_with_other_identifiers_gets_them_in_the_replies():
    play = playing(*SESSION)
    assert said(play, connect("walker_9f8e")) == [None]
    assert answer(play) == CONNACK
    assert said(play, subscribe("trees", 7)) == [None]
    assert answer(play) == reply(9, 7, b"\1")
    assert said(play, publish("trees", b"oak", 8)) == [None]
    assert answer(play) == reply(4, 8)


@pytest.mark.parametrize("size", [1, 2, 5])
def test_packets_may_be_cut_otherwise_than_when_recorded(size):
    play = playing(*((side, bytes([byte])) for side, data in SESSION for byte in data))
    for side, data in SESSION:
        if side == ">":
            assert all(said(play, data[at : at + size]) in ([], [None]) for at in range(0, len(data), size))
        else:
            assert answer(play) == data


def test_packets_that_come_in_one_message_are_taken_one_by_one():
    play = playing(*SESSION)
    assert said(play, SESSION[0][1]) == [None]
    assert said(play, subscribe("trees", 100) + publish("trees", b"oak", 101)) == [None, None]


def test_reply_of_a_client_bears_the_identifier_of_the_service():
    rows = (*SESSION[:2], ("<", publish("trees", b"elm", 5)), (">", reply(4, 5)))
    play = playing(*rows)
    said(play, rows[0][1])
    answer(play)
    [mismatch] = said(play, reply(4, 6))
    assert differences(mismatch) == ["PUBACK.packet_id: recorded 5, came 6"]


def test_packets_differ_in_their_fields():
    play = playing(*SESSION)
    [mismatch] = said(play, connect("walker_1a2b", level=5))
    assert differences(mismatch) == ["CONNECT.version: recorded 4, came 5"]
    play = playing(*SESSION)
    [mismatch] = said(play, reply(4, 1))
    assert differences(mismatch) == ['packet: recorded "CONNECT", came "PUBACK"']


def test_release_has_the_identifier_of_its_publish():
    rows = (*SESSION[:2], (">", publish("t", b"oak", 50)), ("<", reply(5, 50)), (">", reply(6, 50)))
    for number, is_right in ((9, True), (10, False)):
        play = playing(*rows)
        said(play, rows[0][1])
        said(play, publish("t", b"oak", 9))
        assert answer(play).endswith(reply(5, 9))
        assert (said(play, reply(6, number)) == [None]) == is_right


def test_payload_that_is_json_is_compared_by_structure():
    rows = (*SESSION[:2], (">", publish("t", b'{"n": 1, "at": "2026-11-23T05:00:00Z"}', 50)))
    play = playing(*rows)
    said(play, rows[0][1])
    assert said(play, publish("t", b'{"at":"2026-11-23T05:00:00Z","n":1}', 50)) == [None]
