"""How the host's WebSockets end: by the stage, by the client, by a fault."""

import asyncio

import pytest
from websockets.exceptions import ConnectionClosed

from fake_server import serve
from fake_server.host.limits import Limits
from provider.websocket import Ended, Message, Opcode
from tests.support.clients.raw_client import masked, read_all, read_until, reset, upgraded
from tests.support.clients.websocket_dial import dial, greeted
from tests.support.servers.stages import conversing, echoing, text


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
