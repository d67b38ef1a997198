"""STOMP's frames, taken apart."""

import pytest

from harness.framing.stomp import frames_of, id_pairs, measured, size_at, with_ids, without_ids
from harness.framing.streams import PacketSplitter, stream_framing
from tests.support.framing.stomp import frame, sized


def fields(data):
    [packet] = frames_of(data)
    return {each.name: each.value for each in packet.fields}


@pytest.mark.parametrize("eol", ["\n", "\r\n"])
def test_headers_are_named_and_unescaped(eol):
    data = frame("SEND", {"destination": "/topic/a\\cb", "note": "1\\n2\\\\3"}, "oak", eol=eol)
    assert fields(data) == {"destination": "/topic/a:b", "note": "1\n2\\3", "payload": "oak"}
    [packet] = frames_of(data)
    assert (packet.kind, packet.end) == ("SEND", len(data))


def test_connect_is_not_escaped():
    assert fields(frame("CONNECT", {"passcode": "a\\nb:c"})) == {"passcode": "a\\nb:c"}


def test_first_of_repeated_headers_counts():
    assert fields(b"MESSAGE\nfoo:world\nfoo:hello\n\n\0") == {"foo": "world"}


def test_body_of_a_length_may_hold_nul():
    data = sized("SEND", {"destination": "/a"}, b"o\0k\0")
    assert fields(data)["payload"] == "o\0k\0"
    assert size_at(data + b"\n", 0) == len(data)
    assert size_at(data[:-1], 0) == 0


@pytest.mark.parametrize(
    "data",
    [b"", b"hello\n\nworld\0", b"SEND\nno colon\n\n\0", b"SEND\na:b\n\nbody without its end", b'{"type":"SEND"}'],
)
def test_other_messages_have_no_frames(data):
    assert frames_of(data) == ()


@pytest.mark.parametrize("data", [b"hello\n", b"SEND\nno colon\n\n\0", b"SENT\n\n\0"])
def test_what_is_no_frame_ends_the_splitting(data):
    assert size_at(data, 0) == -1


def test_a_frame_in_many_messages_is_one_and_line_ends_are_apart():
    stream = frame("CONNECT", {"host": "h"}) + b"\n" + sized("SEND", {"destination": "/a"}, b"a\0\n") + b"\n\n"
    splitter = PacketSplitter(stream_framing("v12.stomp", b""))
    found = [packet for at in range(0, len(stream), 3) for packet in splitter.feed(stream[at : at + 3])]
    assert found == [stream[:17], b"\n", sized("SEND", {"destination": "/a"}, b"a\0\n"), b"\n", b"\n"]


@pytest.mark.parametrize(
    "begin", [b"CONNECT\naccept-version:1.2\n\n\0", b"STOMP\r\nhost:a\r\n\r\n\0", b"CONNECT\n\n\0"]
)
def test_protocol_is_known_by_its_first_frame(begin):
    found = stream_framing("", begin)
    assert found is not None
    assert found.name == "stomp"


def test_ids_of_the_client_are_replaced_where_the_service_repeats_them():
    ids = id_pairs(
        frame("SUBSCRIBE", {"id": "sub-0", "receipt": "r-1"}), frame("SUBSCRIBE", {"id": "a:b", "receipt": "r-9"})
    )
    message = frame("MESSAGE", {"subscription": "sub-0", "message-id": "sub-0"}, "sub-0")
    assert with_ids(message, ids) == frame("MESSAGE", {"subscription": "a\\cb", "message-id": "sub-0"}, "sub-0")
    assert with_ids(frame("RECEIPT", {"receipt-id": "r-1"}), ids) == frame("RECEIPT", {"receipt-id": "r-9"})
    assert without_ids(frame("RECEIPT", {"receipt-id": "r-1"})) == frame("RECEIPT", {"receipt-id": "0"})


def test_an_id_of_another_frame_is_no_subscription():
    assert id_pairs(frame("ACK", {"id": "1"}), frame("ACK", {"id": "2"})) == {}


def test_length_is_measured_again():
    data = sized("MESSAGE", {"destination": "/a"}, "oak")
    assert measured(data.replace(b"oak", b"larch")) == sized("MESSAGE", {"destination": "/a"}, "larch")
    assert measured(b'{"a":1}\0') == b'{"a":1}\0'
