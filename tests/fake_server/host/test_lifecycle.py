"""A server's life: start, change of stage, end; in the running loop and in a thread."""

import asyncio
import contextlib
import logging
import socket
import threading
import time

import pytest
import websockets
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from fake_server import Accept, Limits, Response, ServerStartError, Stall, serve
from fake_server.host.connections import Connections
from fake_server.host.tcp import TcpConnection
from tests.support.clients.raw_client import dial, exchange, read_all, read_until, upgraded
from tests.support.servers.stages import StageOf, answering, conversing, echoing, text

GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
GET_AND_CLOSE = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def socket_of(server):
    return connect(server.ws_url, open_timeout=5, close_timeout=5, proxy=None)


async def test_server_runs_in_the_running_loop():
    async with serve(echoing()) as server, websockets.connect(server.ws_url, proxy=None) as client:
        await client.send("hi")
        assert await client.recv() == "hi"


async def test_threaded_server_can_be_used_inside_a_running_loop():
    with serve(echoing()) as server:
        async with websockets.connect(server.ws_url, proxy=None) as client:
            await client.send("hi")
            assert await client.recv() == "hi"


def test_thread_ends_with_the_server():
    with serve(echoing()) as server:
        assert [thread.name for thread in threading.enumerate()].count("fake_server") == 1
        url = server.url
    assert "fake_server" not in [thread.name for thread in threading.enumerate()]
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=5)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_port_in_use_is_said_with_its_address(host):
    with socket.socket(socket.AF_INET6 if host == "::1" else socket.AF_INET) as taken:
        taken.bind(("127.0.0.1" if host == "localhost" else host, 0))
        taken.listen()
        port = taken.getsockname()[1]
        with (
            pytest.raises(ServerStartError, match=f"cannot listen on {host}:{port}: .*in use"),
            serve(echoing(), host=host, port=port),
        ):
            pass
    assert "fake_server" not in [thread.name for thread in threading.enumerate()]


def test_impossible_port_is_a_start_error_too():
    with pytest.raises(ServerStartError, match=r"cannot listen on 127\.0\.0\.1:70000"), serve(echoing(), port=70000):
        pass


def test_server_on_ipv6_names_itself_with_brackets():
    with serve(echoing(), host="::1") as server:
        assert server.url == f"http://[::1]:{server.port}"
        request = f"GET / HTTP/1.1\r\nHost: [::1]:{server.port}\r\nConnection: close\r\n\r\n"
        assert exchange(server, request.encode()).startswith(b"HTTP/1.1 200")


def test_swapped_stage_ends_the_connections_of_the_old_one():
    old, new = echoing(), answering(Response(status=410))
    with serve(old) as server:
        with dial(server) as kept, socket_of(server) as client:
            kept.sendall(GET)
            read_until(kept, b"}")
            server.swap(new)
            with pytest.raises(ConnectionClosed) as caught:
                client.recv(5)
            assert read_all(kept) == b""
        assert caught.value.rcvd.code == 1001
        with pytest.raises(InvalidStatus, match="410"), socket_of(server):
            pass
        assert server.stage is new
    assert (old.closed, new.closed) == (1, 1)


async def test_client_that_comes_during_a_swap_waits_for_the_new_stage():
    class Slow:
        def __init__(self):
            self.closing, self.may_close = asyncio.Event(), asyncio.Event()

        async def close(self):
            self.closing.set()
            await self.may_close.wait()

    old = Slow()
    async with serve(old) as server:
        swapping = asyncio.create_task(server.swap_async(answering(Response(body=b"new"))))
        await asyncio.wait_for(old.closing.wait(), 5)
        reader, writer = await asyncio.open_connection(server.host, server.port)
        writer.write(GET_AND_CLOSE)
        old.may_close.set()
        assert (await asyncio.wait_for(reader.read(), 5)).endswith(b"new")
        writer.close()
        await swapping


def test_swap_stops_what_the_old_stage_was_doing():
    stopped = []

    async def run(wire):
        await wire.send(text("hi"))
        try:
            await asyncio.Event().wait()
        finally:
            stopped.append(True)

    with serve(conversing(run)) as server, upgraded(server) as client:
        read_until(client, b"hi")
        server.swap(echoing())
        assert stopped == [True]
        assert read_all(client) == b"\x88\x02\x03\xe9"


def test_swap_of_a_server_that_does_not_run_is_refused():
    with pytest.raises(RuntimeError, match="swap_async"):
        serve(echoing()).swap(echoing())


async def test_swap_from_inside_its_own_stage_is_refused_at_once():
    async def handle(_):
        server.swap(echoing())
        return Response()

    with serve(StageOf(handle)) as server:
        assert b"RuntimeError" in exchange(server, GET_AND_CLOSE)


def test_close_ends_every_kind_of_connection_at_once():
    with contextlib.ExitStack() as clients, serve(StageOf(by_path)) as server:
        opened = [clients.enter_context(dial(server)) for _ in range(4)]
        opened.append(clients.enter_context(upgraded(server)))
        opened[1].sendall(b"GET / HT")
        opened[2].sendall(GET)
        opened[3].sendall(GET.replace(b"/ ", b"/stream "))
        read_until(opened[3], b"first\r\n")
        began = time.monotonic()
        server.close()
        assert time.monotonic() - began < 4.5
        assert read_all(opened[3]) == b""


async def by_path(request):
    async def run(wire):
        await wire.receive()

    async def endless():
        yield b"first"
        await asyncio.Event().wait()

    if request.upgrade:
        return Accept(run=run)
    return Response(body=endless()) if request.path == "/stream" else Stall()


async def test_close_can_be_called_twice():
    stage = echoing()
    server = serve(stage)
    async with server:
        await server.aclose()
        await server.aclose()
    assert stage.closed == 1
    server.close()


async def test_no_task_is_left_behind():
    before = asyncio.all_tasks()
    async with serve(echoing()) as server, websockets.connect(server.ws_url, proxy=None) as client:
        await client.send("hi")
        await client.recv()
    assert asyncio.all_tasks() == before


async def test_connection_whose_task_never_ran_is_ended_too():
    async def never():
        raise AssertionError

    connections = Connections(pytest.fail)
    async with serve(echoing()) as server:
        _, wire = await asyncio.get_running_loop().create_connection(
            lambda: TcpConnection(Limits()), server.host, server.port
        )
        connections.add(wire, never())
        began = time.monotonic()
        await connections.end(5)
        assert time.monotonic() - began < 3
    assert wire.lost.is_set()


async def test_client_that_does_not_read_cannot_hold_up_the_close():
    async def run(wire):
        await wire.send_encoded(bytes(64 * 1024 * 1024))

    async with serve(conversing(run), limits=Limits(close_timeout=0.2)) as server:
        client = await asyncio.to_thread(upgraded, server)
        began = time.monotonic()
        await server.aclose()
    client.close()
    assert time.monotonic() - began < 6


async def test_stage_that_holds_on_is_named_and_does_not_hold_up_the_close():
    asked, release = asyncio.Event(), asyncio.Event()

    async def handle(_):
        asked.set()
        while not release.is_set():
            with contextlib.suppress(asyncio.CancelledError):
                await release.wait()
        return Response()

    server = serve(StageOf(handle), limits=Limits(close_timeout=0.1))
    await server.start()
    _, writer = await asyncio.open_connection(server.host, server.port)
    writer.write(GET)
    await asyncio.wait_for(asked.wait(), 5)
    try:
        with pytest.raises(TimeoutError, match="1 connections still run: their stage ignores cancellation"):
            await server.aclose()
    finally:
        # Nothing else ends the stage: without this, a failure here would hang the event loop's end.
        release.set()
        writer.close()
    await asyncio.wait(asyncio.all_tasks() - {asyncio.current_task()}, timeout=5)


async def test_stage_that_does_not_close_is_given_up():
    class Endless:
        async def close(self):
            await asyncio.Event().wait()

    with pytest.raises(TimeoutError, match="the stage Endless did not close within"):
        async with serve(Endless(), limits=Limits(stage_timeout=0.1)):
            pass


def test_failure_is_logged_with_its_place_and_without_its_text(caplog):
    async def handle(_):
        raise ValueError("secret")

    with caplog.at_level(logging.ERROR, "fake_server.host"), serve(StageOf(handle)) as server:
        exchange(server, b"GET /a?token=secret HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert "connection 1, GET /a: ValueError at " in caplog.text
    assert "test_lifecycle.py:" in caplog.text
    assert "secret" not in caplog.text
