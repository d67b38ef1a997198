"""The messages in what our own server writes, faults included."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_server.host.frames import encode_frame, encode_message
from harness.server_frames import EncodedMessages
from provider.websocket import Message, Opcode

MESSAGES = st.lists(
    st.builds(Message, st.sampled_from([Opcode.TEXT, Opcode.BINARY, Opcode.PING]), st.binary(max_size=300)), max_size=6
)


@given(MESSAGES, st.integers(1, 50))
def test_messages_are_read_back_whatever_the_writes(messages, step):
    reader = EncodedMessages()
    data = b"".join(map(encode_message, messages))
    assert [got for at in range(0, len(data), step) for got in reader.feed(data[at : at + step])] == messages


def test_fragments_are_one_message_of_their_sizes():
    frames = encode_frame(1, b"ab", final=False) + encode_frame(9, b"p") + encode_frame(0, b"c")
    assert EncodedMessages().feed(frames) == [Message(Opcode.PING, b"p"), Message(Opcode.TEXT, b"abc", (2, 1))]


@pytest.mark.parametrize(
    "forbidden",
    [b"\x83\x01x", b"\x81\x81\x00\x00\x00\x00x", b"\x80\x01x", b"\x89\x7e\x00\x7e" + b"x" * 126],
    ids=["opcode", "masked", "continuation", "long ping"],
)
def test_what_the_standard_forbids_hides_no_later_message(forbidden):
    assert EncodedMessages().feed(forbidden + encode_frame(1, b"next"))[-1] == Message(Opcode.TEXT, b"next")


@given(st.binary(max_size=60))
def test_any_bytes_are_read_without_an_error(data):
    EncodedMessages().feed(data)
