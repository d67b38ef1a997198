"""Pings of the server's own, and sockets on which nobody says anything."""

import queue
import struct

import pytest

from fake_server import Limits, serve
from provider.websocket import Ended, Message, Opcode
from tests.support.clients.raw_client import masked, read_all, upgraded
from tests.support.servers.stages import conversing, text


def listening(seen):
    """Takes what comes; the end, too."""

    async def run(socket):
        while True:
            heard = await socket.receive()
            seen.put(heard)
            if isinstance(heard, Ended):
                return

    return conversing(run)


def read_frame(client) -> tuple[int, bytes]:
    first, size = client.recv(2, 0x100)  # MSG_WAITALL
    return first, client.recv(size, 0x100)


def test_server_pings_over_and_over_and_the_stage_sees_no_pong():
    seen = queue.SimpleQueue()
    with serve(listening(seen), ping_interval=0.01) as server, upgraded(server) as client:
        for number in (1, 2, 3):
            first, payload = read_frame(client)
            assert (first, payload) == (0x89, b"wiretape %d" % number)
            client.sendall(masked(10, payload))
        client.sendall(masked(1, b"hi"))
        assert seen.get(timeout=5) == text("hi")


def test_client_that_does_not_answer_is_closed_with_1011():
    seen = queue.SimpleQueue()
    limits = Limits(pong_timeout=0.05)
    with serve(listening(seen), ping_interval=0.01, limits=limits) as server, upgraded(server) as client:
        assert read_frame(client)[0] == 0x89
        assert read_frame(client) == (0x88, struct.pack("!H", 1011) + b"keepalive ping timeout")
        assert read_all(client) == b""
    assert seen.get(timeout=5) == Ended("reset")


def test_pong_to_another_ping_is_no_answer_and_reaches_the_stage():
    seen = queue.SimpleQueue()
    limits = Limits(pong_timeout=0.05)
    with serve(listening(seen), ping_interval=0.01, limits=limits) as server, upgraded(server) as client:
        read_frame(client)
        client.sendall(masked(10, b"other"))
        assert read_frame(client)[0] == 0x88
    assert seen.get(timeout=5) == Message(Opcode.PONG, b"other")


def test_client_that_the_server_does_not_read_is_not_blamed():
    seen = queue.SimpleQueue()

    async def run(socket):
        # What it has sent fills the queue, so its pong is not read.
        await socket.sleep(0.3)
        while not isinstance(heard := await socket.receive(), Ended):
            seen.put(len(heard.data))
        seen.put(heard)

    limits = Limits(queued_bytes=1000, pong_timeout=0.05)
    with serve(conversing(run), ping_interval=0.1, limits=limits) as server, upgraded(server) as client:
        client.sendall(masked(2, bytes(2000)))
        client.sendall(masked(10, read_frame(client)[1]))
        assert seen.get(timeout=5) == 2000
        client.sendall(masked(8, b"\x03\xe8"))
        assert seen.get(timeout=5) == Ended("close", 1000)


def test_idle_socket_is_closed_with_1001():
    seen = queue.SimpleQueue()
    with serve(listening(seen), idle_timeout=0.05) as server, upgraded(server) as client:
        assert read_all(client) == b"\x88\x06" + struct.pack("!H", 1001) + b"idle"
    assert seen.get(timeout=5) == Ended("eof")


def test_pings_of_the_server_keep_no_socket_busy():
    seen = queue.SimpleQueue()
    with serve(listening(seen), ping_interval=0.02, idle_timeout=0.6) as server, upgraded(server) as client:
        pings = 0
        while (frame := read_frame(client))[0] == 0x89:
            client.sendall(masked(10, frame[1]))
            pings += 1
        assert frame == (0x88, struct.pack("!H", 1001) + b"idle")
    assert pings > 1


@pytest.mark.parametrize("who", ["client", "stage"])
def test_messages_of_either_side_keep_a_socket_open(who):
    async def run(socket):
        began = socket.now()
        while socket.now() - began < 1.2:
            heard = await socket.poll(0.05)
            if isinstance(heard, Ended):
                return
            if who == "stage":
                await socket.send(text("still here"))
            elif heard is not None:
                await socket.send(text("more"))

    with serve(conversing(run), idle_timeout=0.8) as server, upgraded(server) as client:
        client.sendall(masked(1, b"begin"))
        while (frame := read_frame(client))[0] == 0x81:
            if who == "client":
                client.sendall(masked(1, b"still here"))
        assert frame == (0x88, b"\x03\xe8")


def test_nothing_is_sent_of_the_servers_accord_unless_told():
    seen = queue.SimpleQueue()

    async def run(socket):
        seen.put(await socket.poll(0.2))

    with serve(conversing(run), limits=Limits(close_timeout=0.1)) as server, upgraded(server) as client:
        assert read_all(client) == b"\x88\x02\x03\xe8"
    assert seen.get(timeout=5) is None
