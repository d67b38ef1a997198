"""What the host does not take: too large, too slow, too many."""

import contextlib
import queue
import resource
import threading
from pathlib import Path

import pytest

from fake_server import Limits, Response, serve
from fake_server.host.frames import encode_frame
from fake_server.host.limits import most_connections
from provider.websocket import Ended, Message, Opcode
from tests.support.clients.raw_client import dial, exchange, masked, read_all, read_until, send_until_stuck, upgraded
from tests.support.servers.stages import answering, conversing, echoing

PLENTY = 40 * 2**20
"""More than the kernel holds for a connection."""
HEAD = b"POST / HTTP/1.1\r\nHost: localhost\r\n"


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (HEAD + b"X: " + b"a" * 3000 + b"\r\n\r\n", b"431"),
        (HEAD + b"X: " + b"a" * 3000, b"431"),
        (HEAD + b"Content-Length: 1001\r\n\r\n", b"413"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n3e9\r\n" + b"x" * 1001 + b"\r\n0\r\n\r\n", b"413"),
        (HEAD + b"Content-Length: 1000\r\n\r\n", b"408"),
        (HEAD, b"408"),
    ],
    ids=["head", "endless head", "announced body", "chunked body", "slow body", "slow head"],
)
def test_large_or_slow_request_is_refused(data, status):
    limits = Limits(head_bytes=2000, body_bytes=1000, head_timeout=0.1, body_timeout=0.1)
    with serve(echoing(), limits=limits) as server:
        assert exchange(server, data).split()[1] == status


def test_request_at_the_limit_is_taken():
    with serve(echoing(), limits=Limits(body_bytes=1000)) as server:
        data = HEAD + b"Connection: close\r\nContent-Length: 1000\r\n\r\n" + b"x" * 1000
        assert exchange(server, data).split()[1] == b"200"


def test_idle_connection_is_ended_without_a_word():
    with serve(echoing(), limits=Limits(head_timeout=0.1)) as server, dial(server) as client:
        assert client.recv(100) == b""


def test_connection_too_many_gets_an_answer_and_a_line(caplog):
    with serve(echoing(), limits=Limits(connections=1)) as server, dial(server) as first:
        first.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        read_until(first, b"}")
        for _ in range(2):
            with dial(server) as second:
                second.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
                answer = read_until(second, b"connections")
                assert answer.startswith(b"HTTP/1.1 503 ")
                assert b"retry-after: 1" in answer
                assert second.recv(100) == b""
        assert server.unread == {"more than 1 open connections": 2}
    assert [each.getMessage() for each in caplog.records] == ["more than 1 open connections: further ones get 503"]


def half_sent(server):
    client = dial(server)
    client.sendall(HEAD)
    return client


def served(client):
    client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    return client.recv(12)


def test_half_sent_request_makes_room_for_a_new_client_and_a_served_one_stays():
    limits = Limits(connections=2, crowded_timeout=0.0)
    with serve(echoing(), limits=limits) as server, dial(server) as old:
        assert served(old) == b"HTTP/1.1 200"
        assert read_until(old, b"}")
        with half_sent(server) as first, dial(server) as new:
            assert served(new) == b"HTTP/1.1 200"
            with contextlib.suppress(ConnectionResetError):
                assert first.recv(100) == b""
        assert served(old) == b"HTTP/1.1 200"


def test_request_that_has_just_begun_makes_no_room():
    with serve(echoing(), limits=Limits(connections=1)) as server, half_sent(server) as first, dial(server) as second:
        assert second.recv(12) == b"HTTP/1.1 503"
        first.sendall(b"\r\n")
        assert first.recv(12) == b"HTTP/1.1 200"


@pytest.mark.parametrize(("chunk", "status"), [(b"1\r\nx\r\n", b"413"), (b"50\r\n" + b"x" * 80 + b"\r\n", b"200")])
def test_body_in_very_many_chunks_of_a_byte_is_refused(chunk, status):
    data = HEAD + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk * 20_001 + b"0\r\n\r\n"
    with serve(echoing()) as server:
        assert exchange(server, data).split()[1] == status


@pytest.mark.parametrize(("more", "expected"), [(180, range(7, 13)), (0, range(1, 2)), (5000, range(1000, 1001))])
def test_connections_are_as_many_as_the_process_may_open(more, expected):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(sum(1 for _ in Path("/dev/fd").iterdir()) + more, hard), hard))
    try:
        assert most_connections(Limits(connections=1000)) in expected
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_sending_waits_for_a_client_that_does_not_read_and_gives_it_up_in_the_end():
    took = []
    done = threading.Event()

    async def run(wire):
        began = wire.now()
        await wire.send_encoded(encode_frame(2, bytes(64 * 2**20)))
        took.append(wire.now() - began)
        done.set()

    with serve(conversing(run), limits=Limits(send_timeout=0.2)) as server, upgraded(server) as client:
        assert done.wait(5)
        with contextlib.suppress(ConnectionResetError):
            assert len(read_all(client)) < PLENTY
    assert took[0] >= 0.2


def test_messages_that_are_sent_together_wait_for_a_client_that_does_not_read():
    sent, done = [], threading.Event()

    async def run(wire):
        for _ in range(64):
            began = wire.now()
            await wire.send_all([Message(Opcode.BINARY, bytes(1 << 20))] * 4)
            sent.append(wire.now() - began)
        done.set()

    with serve(conversing(run), limits=Limits(send_timeout=0.2)) as server, upgraded(server) as client:
        assert done.wait(5)
        with contextlib.suppress(ConnectionResetError):
            assert len(read_all(client)) < PLENTY
    assert max(sent) >= 0.2


def test_sending_ends_when_a_client_that_does_not_read_says_good_bye():
    seen = queue.SimpleQueue()

    async def run(wire):
        await wire.send_encoded(bytes(64 * 2**20))
        seen.put(await wire.receive())

    with serve(conversing(run), limits=Limits(close_timeout=0.1)) as server, upgraded(server) as client:
        client.sendall(masked(8, b"\x0f\xa1"))
        assert seen.get(timeout=5) == Ended("close", 4001)


def test_client_is_not_read_while_the_stage_takes_nothing():
    async def run(wire):
        await wire.sleep(60)

    with serve(conversing(run), limits=Limits(queued_bytes=100_000)) as server, upgraded(server) as client:
        assert send_until_stuck(client, masked(2, bytes(60_000)), PLENTY) < PLENTY


def test_stage_gets_everything_once_it_takes_it():
    got = []

    async def run(wire):
        await wire.sleep(0.1)
        while not isinstance(message := await wire.receive(), Ended):
            got.append(len(message.data))

    with serve(conversing(run), limits=Limits(queued_bytes=100_000)) as server, upgraded(server) as client:
        client.sendall(masked(2, bytes(60_000)) * 100 + masked(8))
        assert read_all(client) == b"\x88\x00"
    assert got == [60_000] * 100


def test_client_that_pings_and_never_reads_is_not_read_either():
    async def run(wire):
        while not isinstance(await wire.receive(), Ended):
            pass

    with serve(conversing(run)) as server, upgraded(server) as client:
        assert send_until_stuck(client, masked(9, bytes(120)) * 500, PLENTY) < PLENTY


def test_answer_to_a_client_that_stops_reading_is_given_up():
    given_up = threading.Event()

    async def endless():
        try:
            while True:
                yield bytes(2**20)
        finally:
            given_up.set()

    stage = answering(Response(body=endless()))
    with serve(stage, limits=Limits(send_timeout=0.2, close_timeout=0.1)) as server, dial(server) as client:
        client.sendall(HEAD + b"Content-Length: 0\r\n\r\n")
        assert given_up.wait(5)
        with contextlib.suppress(ConnectionResetError):
            assert len(read_all(client)) < PLENTY
        assert server.errors == []


def test_stage_that_sends_for_ever_does_not_keep_the_server_from_closing():
    async def run(wire):
        while True:
            await wire.send(Message(Opcode.TEXT, b"on"))

    with serve(conversing(run)) as server:
        with upgraded(server) as client:
            read_until(client, b"on")
        with upgraded(server) as client:
            assert read_until(client, b"on")
