"""The host's own encoder, against websockets' parser."""

from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame
from websockets.protocol import CLIENT, OPEN, Protocol

from fake_server.host.frames import encode_frame, encode_message
from provider.wire.message import Message, Opcode


def parse(data: bytes) -> list[Frame]:
    protocol = Protocol(CLIENT, state=OPEN)
    protocol.receive_data(data)
    return protocol.events_received()


@given(st.binary(max_size=300), st.lists(st.integers(0, 40), max_size=4))
def test_frames_are_what_an_independent_parser_reads(payload, sizes):
    cuts = sorted({min(size, len(payload)) for size in sizes})
    frames = tuple(end - start for start, end in zip([0, *cuts], [*cuts, len(payload)], strict=True)) if cuts else ()
    parsed = parse(encode_message(Message(Opcode.BINARY, payload, frames)))
    assert b"".join(bytes(frame.data) for frame in parsed) == payload
    assert [len(frame.data) for frame in parsed] == list(frames or (len(payload),))


def test_each_size_of_length_field_is_read_back():
    for size in (0, 125, 126, 65535, 65536):
        assert [len(frame.data) for frame in parse(encode_frame(2, bytes(size)))] == [size]
