"""MQTT packets of all versions: their fields, and where these stand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.framing.mqtt import id_pairs, packets_of, size_at, stream_packets, with_ids
from tests.support.framing.mqtt import connect, packet, publish, reply, subscribe, text


def named(data):
    return [(each.kind, {field.name: field.value for field in each.fields}) for each in packets_of(data)]


CONNECTION = {"protocol": "MQTT", "flags": 0xC2, "keep_alive": 60, "client_id": "walker", "username": "robin"}


@pytest.mark.parametrize(("level", "properties"), [(4, b""), (5, b"\0"), (5, b"\x05\x11\0\0\0\x0a")])
def test_connect_of_each_version(level, properties):
    [(kind, fields)] = named(connect("walker", "robin", "sesame", level=level, properties=properties))
    assert (kind, fields["version"], fields["password"]) == ("CONNECT", level, "sesame")
    assert CONNECTION.items() <= fields.items()


def test_will_precedes_the_user():
    will = text("end") + text("bye")
    [(_, fields)] = named(packet(0x10, text("MQTT"), bytes([4, 0xC6, 0, 9]), text("me"), will, text("u"), text("p")))
    assert [fields[name] for name in ("will_topic", "will_payload", "username", "password")] == ["end", "bye", "u", "p"]


@pytest.mark.parametrize(
    ("data", "kind", "fields"),
    [
        (publish("trees", b"oak"), "PUBLISH", {"topic": "trees", "payload": "oak"}),
        (publish("trees", b"oak", 7), "PUBLISH", {"topic": "trees", "packet_id": 7, "payload": "oak"}),
        (publish("t", b"oak", 7, properties=b"\0"), "PUBLISH", {"topic": "t", "packet_id": 7, "payload": "oak"}),
        (publish("t", b"oak", properties=b"\3\3\0\0"), "PUBLISH", {"topic": "t", "content_type": "", "payload": "oak"}),
        (publish("t", b'{"a":1}', 7), "PUBLISH", {"topic": "t", "packet_id": 7, "payload": '{"a":1}'}),
        (publish("t", b""), "PUBLISH", {"topic": "t", "payload": ""}),
        (subscribe("trees/#", 9), "SUBSCRIBE", {"packet_id": 9, "topic": "trees/#", "options": 1}),
        (subscribe("trees/#", 9, properties=b"\0"), "SUBSCRIBE", {"packet_id": 9, "topic": "trees/#", "options": 1}),
        (reply(4, 7), "PUBACK", {"packet_id": 7}),
        (reply(4, 7, b"\x10"), "PUBACK", {"packet_id": 7, "reason_code": 16}),
        (reply(9, 9, b"\1\2"), "SUBACK", {"packet_id": 9, "reason_codes": "\1\2"}),
        (reply(6, 7), "PUBREL", {"packet_id": 7}),
        (b"\xe0\0", "DISCONNECT", {}),
        (b"\xc0\0", "PINGREQ", {}),
        (b"\x20\2\0\0", "CONNACK", {"flags": 0, "reason_code": 0}),
    ],
)
def test_packets(data, kind, fields):
    assert named(data) == [(kind, fields)]


def test_user_properties_have_their_own_names():
    pair = b"\x26" + text("api-token") + text("q7Zk3vX9")
    [(_, fields)] = named(publish("t", b"oak", properties=bytes([len(pair)]) + pair))
    assert fields["api-token"] == "q7Zk3vX9"


@pytest.mark.parametrize(
    "data",
    [b"", b"\x10", b"\0\0", b"\xf3\0", b"\x30\x05\0\1t", b"\x36\3\0\1t", b"\x81\5\0\1\0\1t", b"\xc0\1\0", b"\x40\1\0"],
)
def test_other_bytes_are_no_packets(data):
    assert packets_of(data) == ()


@given(st.binary(max_size=80))
def test_any_bytes_are_read_without_error(data):
    for each in stream_packets(data):
        assert all(each.start < field.start <= field.end <= each.end for field in each.fields)
    assert -1 <= size_at(data + b"\0", 0) <= len(data) + 1


def test_packet_of_two_bytes_of_length():
    data = publish("t", b"x" * 300)
    assert (size_at(data, 0), size_at(data[:-1], 0), size_at(data[:1], 0)) == (len(data), 0, 0)
    assert size_at(b"\x30\xff\xff\xff\xff\xff", 0) == -1


def test_replies_get_the_actual_identifiers_and_requests_of_the_service_keep_theirs():
    recorded = reply(9, 9, b"\1") + publish("trees", b"oak", 9) + reply(4, 10)
    assert with_ids(recorded, {9: 700, 10: 701}) == reply(9, 700, b"\1") + publish("trees", b"oak", 9) + reply(4, 701)


def test_identifiers_of_a_client_are_paired():
    assert list(id_pairs(subscribe("t", 1) + publish("t", b"", 2), subscribe("t", 11) + publish("t", b"", 12))) == [
        (1, 11),
        (2, 12),
    ]
    assert list(id_pairs(reply(4, 1), reply(4, 2))) == []
