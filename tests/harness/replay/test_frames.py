from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode
from websockets.protocol import CLIENT, OPEN, Protocol

from harness.replay.tape import encode_message


@pytest.mark.parametrize(
    ("size", "head"),
    [
        (0, b"\x81\x00"),
        (125, b"\x81\x7d"),
        (126, b"\x81\x7e\x00\x7e"),
        (65535, b"\x81\x7e\xff\xff"),
        (65536, b"\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00"),
    ],
)
def test_length_takes_its_shortest_form(size, head):
    assert encode_message("text", b"x" * size) == head + b"x" * size


def test_fragments_have_their_recorded_sizes():
    assert encode_message("binary", b"abcde", (2, 0, 3)) == b"\x02\x02ab" + b"\x00\x00" + b"\x80\x03cde"


def test_fragments_that_do_not_make_up_the_payload_are_ignored():
    assert encode_message("ping", b"abc", (1, 1)) == b"\x89\x03abc"


@settings(deadline=None)
@given(st.sampled_from(["text", "binary"]), st.lists(st.binary(max_size=300), min_size=1, max_size=5))
def test_another_implementation_reads_what_is_encoded(kind, parts):
    protocol = Protocol(CLIENT, state=OPEN, max_size=None)
    protocol.receive_data(encode_message(kind, b"".join(parts), tuple(map(len, parts))))
    frames = [event for event in protocol.events_received() if isinstance(event, Frame)]
    assert [bytes(frame.data) for frame in frames] == parts
    assert frames[0].opcode is {"text": Opcode.TEXT, "binary": Opcode.BINARY}[kind]
