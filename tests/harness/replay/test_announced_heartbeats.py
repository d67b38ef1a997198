"""Heartbeats that acknowledge the last event, on a socket whose service says how often it wants one (Discord's gateway)."""

from __future__ import annotations

import json
import zlib

import pytest

from harness.cassette.model import Line
from harness.match.request import ParsedMessage
from harness.replay.heartbeat_looks import HeartbeatLook
from harness.replay.heartbeats import find_heartbeats
from harness.replay.socket_playback import SocketPlayback
from tests.harness.replay.test_auto_bind import playback
from tests.harness.replay.test_heartbeats import beats
from tests.support.cassettes.builders import socket

HELLO = '{"op":10,"d":{"heartbeat_interval":41250}}'
NONE_YET, FIRST, ACK = '{"op":1,"d":null}', '{"op":1,"d":1}', '{"op":11,"d":null}'
EVENT = '{"op":0,"s":1,"d":{}}'


def test_heartbeat_that_acknowledges_an_event_is_one():
    rows = ((0, "<", HELLO), (5, ">", NONE_YET), (6, "<", ACK), (9, "<", EVENT), (50, ">", FIRST), (51, "<", ACK))
    assert beats(*rows) == [NONE_YET, ACK, FIRST, ACK]
    assert beats(*rows[1:]) == []


@pytest.mark.parametrize("text", ['{"op":1,"d":{"a":1}}', '{"op":2,"d":1}', '{"op":1,"d":1,"of":2}'])
def test_other_message_is_none(text):
    assert beats((0, "<", HELLO), (5, ">", text), (6, "<", ACK)) == []


def test_they_are_known_on_a_compressed_socket():
    stream = zlib.compressobj()
    hello = stream.compress(HELLO.encode()) + stream.flush(zlib.Z_SYNC_FLUSH)
    beat = Line(">", 1000, "text", FIRST.encode())
    assert find_heartbeats([Line("<", 0, "binary", hello), beat], HeartbeatLook()).lines == {id(beat)}
    spoilt = Line("<", 0, "binary", b"\x78" + bytes(9) + b"\0\0\xff\xff")
    assert not find_heartbeats([spoilt, beat], HeartbeatLook()).lines


def test_first_one_may_come_before_or_after_the_first_event():
    text = f'< {HELLO}\n> {FIRST}\n< {ACK}\n> {{"op":2}}\n< {EVENT}\n< close 1000'
    play = playback(socket("/gateway", text)).open_socket("/gateway")
    assert isinstance(play, SocketPlayback)
    for each in (NONE_YET, FIRST):
        assert play.feed(ParsedMessage("text", each.encode())) is None
        assert [json.loads(frame[2:]) for frame in play.take_replies()] == [json.loads(ACK)]
    assert play.feed(ParsedMessage("text", b'{"op":2}')) is None
