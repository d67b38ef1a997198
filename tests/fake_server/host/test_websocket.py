"""The host's WebSockets, seen by clients that share nothing with it: `websockets`, and raw bytes."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.sync.client import connect

from fake_server import Accept, Response, serve
from fake_server.host.frames import encode_frame
from fake_server.host.limits import Limits
from provider.websocket import Ended, Message, Opcode
from tests.support.clients.raw_client import (
    ACCEPT,
    masked,
    read_all,
    read_until,
    reset,
    send_in_pieces,
    upgrade_request,
    upgraded,
)
from tests.support.clients.raw_client import dial as dial_raw
from tests.support.servers.stages import StageOf, answering, conversing, echoing, text


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


@pytest.mark.parametrize("connection", ["Upgrade", "keep-alive, Upgrade", "keep-alive"])
def test_upgrade_is_taken_whatever_the_connection_header_says(connection):
    with serve(echoing()) as server, dial_raw(server) as client:
        client.sendall(upgrade_request(connection))
        answer = read_until(client, b"\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 101 ")
    assert f"sec-websocket-accept: {ACCEPT}\r\n".encode() in answer


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

    with serve(conversing(run)) as server, dial_raw(server) as client:
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


def greeted(server):
    """A raw client that has read the stage's greeting."""
    client = upgraded(server)
    read_until(client, b"hi")
    return client


def test_client_close_is_seen_with_code_and_reason():
    def leave(server):
        with dial(server) as client:
            client.recv(5)
            client.close(4001, "enough")

    assert ends_of(leave) == Ended("close", 4001, "enough")


def test_client_fin_is_seen_as_eof():
    assert ends_of(lambda server: greeted(server).close()) == Ended("eof")


def test_client_rst_is_seen_as_reset():
    def leave(server):
        reset(greeted(server))

    assert ends_of(leave) == Ended("reset")


@pytest.mark.parametrize(("how", "error"), [("eof", None), ("reset", ConnectionResetError)])
def test_stage_can_end_the_connection_without_a_close_frame(how, error):
    async def run(wire):
        await wire.send(text("hi"))
        await wire.receive()
        await wire.abort(how)

    with serve(conversing(run)) as server:
        client = greeted(server)
        client.sendall(masked(1))
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


@settings(max_examples=20, deadline=None)
@given(st.lists(st.binary(max_size=70), min_size=1, max_size=5), st.lists(st.integers(1, 300), max_size=6))
def test_any_split_of_the_bytes_gives_the_same_messages(payloads, cuts):
    got = []

    async def run(wire):
        while not isinstance(message := await wire.receive(), Ended):
            got.append(message.data)

    data = b"".join(masked(2, payload) for payload in payloads)

    async def greet(wire):
        await wire.send(text("hi"))
        await run(wire)

    with serve(conversing(greet)) as server:
        client = greeted(server)
        send_in_pieces(client, data, cuts)
        client.sendall(masked(8))
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


@pytest.mark.parametrize(
    "broken",
    [b"\x81\x01a", masked(3), masked(0x40 | 1), masked(0), masked(8, b"\x03"), masked(9, bytes(126))],
    ids=["no mask", "opcode", "reserved bit", "lone continuation", "half a code", "long ping"],
)
def test_broken_frame_is_closed_with_1002_and_seen_as_reset(broken):
    seen = []

    async def run(wire):
        seen.append(await wire.receive())

    with serve(conversing(run)) as server, upgraded(server) as client:
        client.sendall(broken)
        assert read_all(client)[2:4] == b"\x03\xea"
    assert seen == [Ended("reset")]


def test_ping_between_fragments_is_answered_at_once_and_does_not_split_the_message():
    with serve(echoing()) as server, upgraded(server) as client:
        client.sendall(masked(1, b"ab", fin=False) + masked(9, b"p") + masked(0, b"c"))
        assert read_until(client, b"c") == b"\x8a\x01p" + b"\x01\x02ab" + b"\x80\x01c"


def test_poll_gives_what_is_there_and_none_when_nothing_comes():
    seen = []

    async def run(wire):
        seen.extend([await wire.poll(0), await wire.poll(0.01)])
        await wire.send(text("go"))
        seen.extend([await wire.poll(5), await wire.poll(5)])
        seen.append(await wire.poll(0))

    with serve(conversing(run)) as server, upgraded(server) as client:
        read_until(client, b"go")
        client.sendall(masked(1, b"a") + masked(8))
        read_all(client)
    assert seen == [None, None, text("a"), Ended("close"), Ended("close")]


def test_nothing_is_sent_after_a_close_frame():
    async def run(wire):
        await wire.send(Message(Opcode.CLOSE, b"\x03\xe8"))
        await wire.send(text("late"))
        await wire.send_encoded(b"late")

    with serve(conversing(run)) as server, upgraded(server) as client:
        assert read_until(client, b"\xe8") == b"\x88\x02\x03\xe8"
        client.sendall(masked(8))
        assert read_all(client) == b""


def test_client_that_does_not_answer_a_close_is_let_go():
    async def run(wire):
        ends.append(await wire.close(4000))

    ends = []
    with serve(conversing(run), limits=Limits(close_timeout=0.1)) as server, upgraded(server) as client:
        assert read_all(client) == b"\x88\x02\x0f\xa0"
        server._thread.run(asyncio.sleep(0))
    assert ends == [Ended("eof")]
