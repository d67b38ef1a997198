"""Protocols that use a WebSocket as a stream: their packets, however messages cut them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.framing.streams import PacketSplitter, calls_of, stream_framing
from tests.support.framing.mqtt import connect, publish, subscribe

MQTT = [connect("walker", "robin", "sesame"), subscribe("trees", 1), publish("trees", b"oak" * 60, 2), b"\xe0\0"]
NATS = [
    b'CONNECT {"pass":"x"}\r\n',
    b"PING\r\n",
    b"SUB echo 1\r\n",
    b"PUB echo 6\r\noak\r\n1\r\n",
    b"HPUB e 2 4\r\nabcd\r\n",
]


@pytest.mark.parametrize("packets", [MQTT, NATS], ids=["mqtt", "nats"])
@given(data=st.data())
def test_packets_are_the_same_wherever_messages_cut_them(packets, data):
    stream = b"".join(packets)
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=12).map(sorted))
    splitter = PacketSplitter(stream_framing("", stream))
    pieces = [stream[start:end] for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert [packet for piece in pieces for packet in splitter.feed(piece)] == packets
    assert (splitter.is_between, splitter.rest()) == (True, b"")


@pytest.mark.parametrize(
    ("subprotocol", "begin", "name"),
    [("mqtt", b"", "mqtt"), ("mqttv3.1", b"", "mqtt"), ("", MQTT[0], "mqtt"), ("", NATS[0], "nats")],
)
def test_protocol_is_known_by_its_subprotocol_or_its_first_packet(subprotocol, begin, name):
    found = stream_framing(subprotocol, begin)
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize("begin", [b"", b'{"type":"connect"}', b"CONNECT: elm\n\0", b"\x10\x03abc"])
def test_messages_of_other_protocols_are_messages(begin):
    assert stream_framing("graphql-ws", begin) is None


def test_bytes_that_are_no_packet_end_the_splitting():
    splitter = PacketSplitter(stream_framing("mqtt", b""))
    assert splitter.feed(publish("t", b"oak") + b"\0rest") == [publish("t", b"oak"), b"\0rest"]
    assert splitter.feed(b"more") == [b"more"]


def test_incomplete_packet_is_the_rest():
    splitter = PacketSplitter(stream_framing("mqtt", b""))
    assert splitter.feed(b"\x30") == []
    assert not splitter.is_between
    assert splitter.rest() == b"\x30"


def test_calls_that_are_sent_together_are_split_and_json_rpc_s_batches_are_not():
    both = b'[{"id":1,"method":"query"},{"id":2,"method":"query"}]'
    assert calls_of(both) == [b'{"id":1,"method":"query"}', b'{"id":2,"method":"query"}']
    batch = b'[{"jsonrpc":"2.0","id":1,"method":"a"}]'
    assert [calls_of(each) for each in (batch, b"[1]", b'[{"method":1}]', b"[{")] == [
        [batch],
        [b"[1]"],
        [b'[{"method":1}]'],
        [b"[{"],
    ]


def test_messages_that_gun_sends_together_are_split():
    assert calls_of(b'[{"#":"a","get":1},{"#":"b","put":2}]') == [b'{"#":"a","get":1}', b'{"#":"b","put":2}']
    other = b'[{"#":"a"},{"put":2}]'
    assert calls_of(other) == [other]
