"""Messages in fragments: how many, and for how long. Neither shows in a limit of bytes."""

import queue
import threading

from fake_server import Limits, serve
from provider.websocket import Ended, Message, Opcode
from tests.support.clients.raw_client import masked, read_all, read_until, upgraded
from tests.support.servers.stages import conversing, echoing


def code_of(received: bytes) -> int:
    """The code of the server's close frame, which is all that it sends."""
    assert received[:1] == b"\x88"
    return int.from_bytes(received[2:4], "big")


def test_message_in_too_many_empty_fragments_is_refused_and_others_are_served():
    limits = Limits(message_frames=1000, close_timeout=0.2)
    with serve(echoing(), limits=limits) as server, upgraded(server) as hostile, upgraded(server) as other:
        hostile.sendall(masked(1, b"", fin=False) + masked(0, b"", fin=False) * 1000)
        assert code_of(read_all(hostile)) == 1009
        other.sendall(masked(1, b"on"))
        assert read_until(other, b"on") == b"\x81\x02on"


def test_message_of_as_many_fragments_as_allowed_arrives():
    with serve(echoing(), limits=Limits(message_frames=1000)) as server, upgraded(server) as client:
        client.sendall(masked(1, b"a", fin=False) + masked(0, b"", fin=False) * 998 + masked(0, b"b"))
        assert read_until(client, b"\x80\x01b").startswith(b"\x01\x01a")


def test_message_that_is_never_complete_is_refused_in_time():
    seen = queue.SimpleQueue()

    async def run(wire):
        seen.put(await wire.receive())

    limits = Limits(message_timeout=0.1, close_timeout=0.2)
    with serve(conversing(run), limits=limits) as server, upgraded(server) as client:
        client.sendall(masked(1, b"a", fin=False) + masked(0, b"b", fin=False))
        assert code_of(read_all(client)) == 1008
    assert seen.get(timeout=5) == Ended("reset")


def test_silence_between_messages_and_a_stage_that_takes_nothing_are_not_a_late_message():
    got = queue.SimpleQueue()
    sent = threading.Event()

    async def run(wire):
        while not sent.is_set():
            await wire.sleep(0.01)
        await wire.sleep(0.15)  # reading is paused within the second message, longer than that may take
        for _ in range(3):
            got.put(await wire.receive())

    limits = Limits(message_timeout=0.05, queued_bytes=10)
    with serve(conversing(run), limits=limits) as server, upgraded(server) as client:
        client.sendall(masked(1, b"first of them") + masked(1, b"a", fin=False))
        client.sendall(masked(0, b"b") + masked(8, b"\x03\xe8"))
        sent.set()
        assert code_of(read_all(client)) == 1000
    assert [got.get(timeout=5) for _ in range(3)] == [
        Message(Opcode.TEXT, b"first of them"),
        Message(Opcode.TEXT, b"ab", (1, 1)),
        Ended("close", 1000),
    ]
