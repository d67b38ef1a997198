"""The host's WebSockets, seen by clients that share nothing with it: `websockets`, and raw bytes."""

import asyncio
import socket
import struct

import pytest
import websockets
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage, InvalidStatus
from websockets.frames import Frame
from websockets.protocol import CLIENT, OPEN, Protocol
from websockets.sync.client import connect

from fake_server import Accept, Drop, Response, serve
from fake_server.host.frames import encode_frame, encode_message
from fake_server.host.limits import Limits
from fake_server.stage import Request
from provider.wire.message import Ended, Message, Opcode
from tests.support.stages import StageOf, answering, conversing, echoing, text


def dial(server, **options):
    return connect(f"{server.ws_url}/chat", open_timeout=5, close_timeout=5, proxy=None, compression=None, **options)


def test_messages_go_both_ways():
    with serve(echoing()) as server, dial(server) as client:
        for message in ["hello", b"\x00\xff", "", "💬" * 1000]:
            client.send(message)
            assert client.recv(5) == message


def test_messages_of_several_frames_arrive_whole_and_say_so():
    got = []

    async def run(wire):
        got.append(await wire.receive())
        await wire.send(Message(Opcode.TEXT, b"abcdef", (1, 0, 5)))

    with serve(conversing(run)) as server, dial(server) as client:
        client.send(["ab", "", "cd"])
        assert list(client.recv_streaming()) == ["a", "", "bcdef"]
    assert got == [Message(Opcode.TEXT, b"abcd", (2, 0, 2, 0))]


def test_ping_is_answered_while_the_stage_is_busy():
    async def run(wire):
        await wire.sleep(60)

    with serve(conversing(run)) as server, dial(server) as client:
        assert client.ping(b"x").wait(5)


def test_ping_and_pong_reach_the_stage():
    got = []

    async def run(wire):
        await wire.send(Message(Opcode.PING, b"p"))
        got.extend([await wire.receive(), await wire.receive()])

    with serve(conversing(run)) as server, dial(server) as client:
        client.ping(b"q")
        with pytest.raises(ConnectionClosed):
            client.recv(5)
    assert {message.opcode for message in got} == {Opcode.PING, Opcode.PONG}


@pytest.mark.parametrize("origin_form", ["Upgrade", "keep-alive, Upgrade", "keep-alive"])
def test_upgrade_is_taken_whatever_the_connection_header_says(origin_form):
    with serve(echoing()) as server, socket.create_connection((server.host, server.port), timeout=5) as client:
        client.sendall(
            f"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: {origin_form}\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        answer = client.recv(4096)
    assert answer.startswith(b"HTTP/1.1 101")
    assert b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in answer


def test_upgrade_can_be_refused_with_headers_and_body():
    refusal = Response(status=429, headers=(("retry-after", "7"),), body=b"slow down")
    with serve(answering(refusal)) as server, pytest.raises(InvalidStatus) as caught, dial(server):
        pass
    response = caught.value.response
    assert (response.status_code, response.headers["retry-after"], response.body) == (429, "7", b"slow down")


def test_wrong_accept_key_can_be_had():
    async def run(_):
        pass

    with serve(answering(Accept(run=run, valid_key=False))) as server, pytest.raises(InvalidHandshake), dial(server):
        pass


def test_plain_request_to_a_socket_is_426():
    async def run(_):
        pass

    with serve(conversing(run)) as server, socket.create_connection((server.host, server.port), timeout=5) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b" 426 " in client.recv(4096)


@pytest.mark.parametrize(("code", "reason"), [(1000, "bye"), (4004, "wiretape: mismatch"), (1011, "é" * 61)])
def test_close_code_and_reason_arrive(code, reason):
    async def run(wire):
        await wire.close(code, reason)

    with serve(conversing(run)) as server, dial(server) as client:
        with pytest.raises(ConnectionClosed) as caught:
            client.recv(5)
        assert (caught.value.rcvd.code, caught.value.rcvd.reason) == (code, reason)


def test_stage_that_returns_closes_with_1000_after_its_last_message():
    async def run(wire):
        await wire.send(text("last"))

    with serve(conversing(run)) as server, dial(server) as client:
        assert client.recv(5) == "last"
        with pytest.raises(ConnectionClosed) as caught:
            client.recv(5)
        assert caught.value.rcvd.code == 1000


def test_stage_that_fails_closes_with_1011_and_is_remembered():
    async def run(_):
        raise ValueError("secret")

    with serve(conversing(run)) as server:
        with dial(server) as client, pytest.raises(ConnectionClosed) as caught:
            client.recv(5)
        assert [type(error) for error in server.errors] == [ValueError]
    assert (caught.value.rcvd.code, caught.value.rcvd.reason) == (1011, "")


def ends_of(client_leaves):
    """How the stage sees what a client does."""
    seen = []
    done = asyncio.Event()

    async def run(wire):
        await wire.send(text("hi"))
        while not isinstance(message := await wire.receive(), Ended):
            pass
        seen.append(message)
        assert await wire.receive() == message
        done.set()

    with serve(conversing(run)) as server:
        client_leaves(server)
        server._thread.run(asyncio.wait_for(done.wait(), 5))
    return seen[0]


def upgrade_raw(server):
    client = socket.create_connection((server.host, server.port), timeout=5)
    client.sendall(
        b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    received = b""
    while not received.endswith(b"hi"):
        received += client.recv(4096)
    return client


def test_client_close_is_seen_with_code_and_reason():
    def leave(server):
        with dial(server) as client:
            client.recv(5)
            client.close(4001, "enough")

    assert ends_of(leave) == Ended("close", 4001, "enough")


def test_client_fin_is_seen_as_eof():
    assert ends_of(lambda server: upgrade_raw(server).close()) == Ended("eof")


def test_client_rst_is_seen_as_reset():
    def leave(server):
        client = upgrade_raw(server)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()

    assert ends_of(leave) == Ended("reset")


@pytest.mark.parametrize(("how", "error"), [("eof", None), ("reset", ConnectionResetError)])
def test_stage_can_end_the_connection_without_a_close_frame(how, error):
    async def run(wire):
        await wire.send(text("hi"))
        await wire.receive()
        await wire.abort(how)

    with serve(conversing(run)) as server:
        client = upgrade_raw(server)
        client.sendall(b"\x81\x80abcd")
        if error is None:
            assert client.recv(100) == b""
        else:
            with pytest.raises(error):
                client.recv(100)
        client.close()


def test_too_large_message_is_closed_with_1009():
    with serve(echoing(), limits=Limits(message_bytes=1000)) as server, dial(server) as client:
        client.send("x" * 1001)
        with pytest.raises(ConnectionClosed) as caught:
            client.recv(5)
        assert caught.value.rcvd.code == 1009


def test_encoded_frames_leave_as_they_are():
    frames = b"".join(encode_frame(1, b'{"n":%d}' % number) for number in range(20_000))

    async def run(wire):
        await wire.send_encoded(frames)

    with serve(conversing(run)) as server, dial(server) as client:
        assert [client.recv(5) for _ in range(20_000)][-1] == '{"n":19999}'


def test_swapped_stage_ends_the_connections_of_the_old_one():
    old, new = echoing(), answering(Response(status=410))
    with serve(old) as server:
        with dial(server) as client:
            server.swap(new)
            with pytest.raises(ConnectionClosed):
                client.recv(5)
        with pytest.raises(InvalidStatus, match="410"), dial(server):
            pass
    assert (old.closed, new.closed) == (1, 1)


class Breaking:
    """A stage around another one: the places where a fault can strike."""

    def __init__(self, inner, *, refuse=False, cut_after=None):
        self.inner, self.refuse, self.cut_after = inner, refuse, cut_after

    async def handle(self, request: Request):
        answer = await self.inner.handle(request)
        if self.refuse:
            return Drop(how="reset")
        if not isinstance(answer, Accept):
            return answer

        async def run(wire):
            await answer.run(CutSocket(wire, self.cut_after))

        return Accept(run=run, headers=answer.headers)

    async def close(self):
        await self.inner.close()


class CutSocket:
    def __init__(self, wire, left):
        self._wire, self._left = wire, left

    def __getattr__(self, name):
        return getattr(self._wire, name)

    async def send(self, message):
        if self._left == 0:
            await self._wire.abort("eof")
        self._left -= 1
        await self._wire.send(message)


def test_wrapper_can_cut_after_the_nth_message():
    with serve(Breaking(echoing(), cut_after=2)) as server, dial(server) as client:
        for number in range(2):
            client.send(str(number))
            assert client.recv(5) == str(number)
        client.send("2")
        with pytest.raises(ConnectionClosed) as caught:
            client.recv(5)
        assert caught.value.rcvd is None


def test_wrapper_can_break_the_upgrade():
    with serve(Breaking(echoing(), refuse=True)) as server:
        with pytest.raises((ConnectionResetError, InvalidMessage)), dial(server):
            pass


async def test_server_runs_in_the_running_loop_as_well():
    async with serve(echoing()) as server, websockets.connect(f"{server.ws_url}/", proxy=None) as client:
        await client.send("hi")
        assert await client.recv() == "hi"


async def test_threaded_server_can_be_used_inside_a_running_loop():
    with serve(echoing()) as server:
        async with websockets.connect(f"{server.ws_url}/", proxy=None) as client:
            await client.send("hi")
            assert await client.recv() == "hi"


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


@settings(max_examples=20, deadline=None)
@given(st.lists(st.binary(max_size=70), min_size=1, max_size=5), st.lists(st.integers(1, 300), max_size=6))
def test_any_split_of_the_bytes_gives_the_same_messages(payloads, cuts):
    got = []

    async def run(wire):
        while not isinstance(message := await wire.receive(), Ended):
            got.append(message.data)

    mask = b"abcd"
    data = b""
    for payload in payloads:
        masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
        data += bytes((0x82, 0x80 | len(payload))) + mask + masked

    async def greet(wire):
        await wire.send(text("hi"))
        await run(wire)

    with serve(conversing(greet)) as server:
        client = upgrade_raw(server)
        start = 0
        for end in [*sorted(set(cuts)), len(data)]:
            client.sendall(data[start:end])
            start = max(start, end)
        client.sendall(b"\x88\x80abcd")
        client.recv(100)
        client.close()
    assert got == payloads


def test_stage_of_one_function_is_asked_for_the_upgrade():
    stage = echoing()
    with serve(stage) as server, dial(server, additional_headers={"X-A": "1"}):
        pass
    assert isinstance(stage, StageOf)
    assert [(request.upgrade, request.path, request.header("x-a")) for request in stage.requests] == [
        (True, "/chat", "1")
    ]
