"""What a message consists of: packets of the profile's framing, of MQTT, records, and values of binary formats."""

from dataclasses import replace

import msgspec

from harness.cassette.model import Cassette, Line, Recorded, ResponsePart, SocketExchange
from harness.services.neutral import NEUTRAL
from harness.view.session_data import session_data


def records(lines, profile=NEUTRAL, subprotocol=""):
    headers = (("sec-websocket-protocol", subprotocol),) if subprotocol else ()
    socket = SocketExchange(target="/feed", response=ResponsePart(status=101, headers=headers), messages=tuple(lines))
    data = session_data(
        Cassette(recorded=Recorded(at="2026-11-23T05:00:00Z", by="hand"), exchanges=(socket,)), profile, "one"
    )
    return [event.get("records") for event in data["events"][2:]]


def test_packets_that_a_profile_frames_stand_in_the_message_that_ends_them():
    lines = [Line("<", 1, "text", b'{"a":1}\n{"b"'), Line("<", 2, "text", b":2}\n"), Line("<", 3, "text", b'{"c":')]
    profile = replace(NEUTRAL, framing=(("/feed", "lines"),))
    assert records(lines, profile) == [
        [["", '{"a":1}\n']],
        [["", '{"b":2}\n']],
        [["the beginning of a packet that a later message ends", ""]],
    ]


def test_packets_of_mqtt_show_their_kind_and_their_values():
    connect = b"\x10\x13\x00\x04MQTT\x04\x02\x00\x3c\x00\x07walrus1"
    publish = b"\x30\x0b\x00\x03a/bhello!"
    [[first, second]] = records([Line(">", 1, "binary", connect + publish)], subprotocol="mqtt")
    assert first[0] == "CONNECT"
    assert msgspec.json.decode(first[1])["client_id"] == "walrus1"
    assert (second[0], msgspec.json.decode(second[1])["topic"]) == ("PUBLISH", "a/b")


def test_a_binary_message_of_values_shows_them():
    [[[head, text]]] = records([Line("<", 1, "binary", msgspec.msgpack.encode({"id": 7, "raw": b"\xff\xfe"}))])
    assert head == "as MessagePack or CBOR"
    assert msgspec.json.decode(text)["id"] == 7


def test_records_of_a_text_have_heads_and_json():
    [first, second] = records(
        [Line("<", 1, "text", b'42["chat",{"a":1}]'), Line("<", 2, "text", b'{"type":1}\x1e{"type":6}\x1e')]
    )
    assert first == [["42", '["chat",{"a":1}]']]
    assert second == [["", '{"type":1}'], ["", '{"type":6}']]


def test_plain_text_and_json_have_no_parts():
    assert records([Line("<", 1, "text", b"hello"), Line("<", 2, "text", b'{"a":1}')]) == [None, None]
