"""The host's own encoder, against websockets' parser."""

import asyncio
import itertools
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.frames import Frame
from websockets.protocol import CLIENT, OPEN, Protocol

from fake_server.host.frames import Outgoing, Trail, encode_frame, encode_message
from fake_server.host.limits import Limits
from fake_server.host.tcp import TcpConnection
from provider.websocket import Message, Opcode


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


def cut(data: bytes, places: list[int]) -> list[memoryview]:
    """The bytes in pieces."""
    view = memoryview(data)
    ends = sorted({place % (len(data) + 1) for place in places})
    return [view[start:end] for start, end in itertools.pairwise([0, *ends, len(data)])]


SIZES = st.lists(st.sampled_from([0, 1, 125, 126, 300, 65535, 65536]), min_size=1, max_size=6)


@settings(max_examples=100, deadline=None)
@given(SIZES, st.lists(st.integers(0, 400_000), max_size=12), st.data())
def test_trail_knows_where_frames_end_however_they_are_cut(sizes, places, data):
    frames = [encode_frame(2, bytes(size)) for size in sizes]
    ends = {0, *itertools.accumulate(map(len, frames))}
    trail = Trail()
    written = 0
    for piece in cut(b"".join(frames), places):
        following = min(end for end in ends if end >= written)
        if data.draw(st.booleans()):
            assert trail.rest(piece) == min(following - written, len(piece))
        trail.add(piece)
        written += len(piece)
        if data.draw(st.booleans()):
            assert trail.is_whole == (written in ends)
    assert trail.is_whole


def test_trail_of_very_many_pieces_is_let_go():
    trail = Trail()
    frame = memoryview(encode_frame(1, b"x" * 10))
    for _ in range(10_000):
        trail.add(frame[:5])
        trail.add(frame[5:])
    assert len(trail._views) < 5000
    assert trail.is_whole
    trail.add(frame[:1])
    assert not trail.is_whole


def test_trail_can_be_told_that_all_is_whole():
    trail = Trail()
    trail.add(memoryview(b"\x81\x7f"))
    trail.clear()
    assert trail.is_whole


def test_trail_of_what_are_no_frames_is_given_up_in_time():
    trail = Trail()
    trail.add(memoryview(bytes(30 * 2**20)))
    began = time.process_time()
    assert trail.is_whole
    assert time.process_time() - began < 2


class FastReader(asyncio.Transport):
    """A connection whose client takes all bytes at once."""

    def __init__(self) -> None:
        super().__init__()
        self.taken = 0

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.taken += len(data)

    def is_closing(self) -> bool:
        return False

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


@pytest.mark.parametrize("step", [2**21, 2**18, 1000])
async def test_large_frame_lets_the_loop_go_on_between_its_pieces_however_fast_the_client_reads(step):
    tcp, reader = TcpConnection(Limits()), FastReader()
    tcp.connection_made(reader)
    loop, seen = asyncio.get_running_loop(), []
    loop.call_soon(lambda: seen.append(reader.taken))
    outgoing, frame = Outgoing(tcp), encode_frame(2, bytes(2**21))
    for start in range(0, len(frame), step):
        await outgoing.write_encoded(frame[start : start + step])
    assert seen
    assert seen[0] < reader.taken
