"""What only the asyncio transport does: streams, cancellation, fairness, many things at once."""

import asyncio
import contextlib
import gc
import threading
import time
from pathlib import Path

import pytest

from provider.transport.async_transport import AsyncTransport
from provider.transport.errors import (
    BrokenConnectionError,
    DeadlineError,
    SocketEndedError,
    TransportError,
)
from provider.transport.types import Request, Settings
from provider.websocket import Ended, Message, Opcode
from tests.support.servers.raw_server import CLOSE, TEXT, frame, serve_raw


def transport(**settings):
    return AsyncTransport(Settings(**{"trust_environment": False, **settings}))


def get(url):
    return Request(method="GET", url=url)


async def silent(connection):
    await connection.read_request()
    await connection.upgrade()
    connection.tell("open")
    await connection.answer_close()


async def until(condition):
    """Let the loop run until a thread has got somewhere."""
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.001)


def open_descriptors():
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_chunks_arrive_before_the_body_ends():
    async def script(connection):
        await connection.read_request()
        await connection.send(b"HTTP/1.1 200 Fine\r\nTransfer-Encoding: chunked\r\nX-A: 1\r\n\r\n4\r\nhalf\r\n")
        await connection.wait(connection.server.go)
        await connection.send(b"4\r\nrest\r\n0\r\n\r\n")
        await connection.until_gone()

    with serve_raw(script) as server:
        async with transport() as client, await client.stream(get(server.url), timeout=5) as answer:
            assert (answer.status, answer.reason) == (200, "Fine")
            assert ("x-a", "1") in answer.headers
            chunks = answer.chunks()
            assert await anext(chunks) == b"half"
            server.go.set()
            assert [chunk async for chunk in chunks] == [b"rest"]


async def test_the_head_of_a_stream_comes_before_its_body():
    async def script(connection):
        await connection.read_request()
        await connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n")
        await connection.wait(connection.server.go)
        await connection.send(b"body")
        await connection.until_gone()

    with serve_raw(script) as server:
        async with transport() as client, await client.stream(get(server.url), timeout=5) as answer:
            server.go.set()
            assert b"".join([chunk async for chunk in answer.chunks()]) == b"body"


@pytest.mark.parametrize("how", ["fin", "reset"])
async def test_a_stream_broken_in_the_middle_says_so_after_the_chunks_before(how):
    async def script(connection):
        await connection.read_request()
        await connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
        await connection.wait(connection.server.go)
        getattr(connection, how)()

    got = []
    with serve_raw(script) as server:
        async with transport() as client, await client.stream(get(server.url), timeout=5) as answer:
            with pytest.raises(BrokenConnectionError):  # noqa: PT012  # the chunks before are part of it
                async for chunk in answer.chunks():
                    got.append(chunk)
                    server.go.set()
    assert got == [b"half"]


async def test_a_stream_larger_than_the_buffer_arrives_whole_with_a_slow_reader():
    body = bytes(range(256)) * 80_000

    async def script(connection):
        await connection.read_request()
        await connection.answer("200 OK", body)
        connection.tell("sent")
        await connection.until_gone()

    with serve_raw(script) as server:
        async with transport() as client, await client.stream(get(server.url), timeout=20) as answer:
            got = bytearray()
            async for chunk in answer.chunks():
                got += chunk
                await asyncio.sleep(0)
    assert bytes(got) == body


async def test_a_stream_that_nobody_reads_is_not_kept_in_memory():
    async def script(connection):
        await connection.read_request()
        await connection.send(b"HTTP/1.1 200 OK\r\n\r\n")
        sent = 0
        with contextlib.suppress(TimeoutError):
            while sent < 200 * 1024 * 1024:
                await asyncio.wait_for(connection.send(b"x" * 1024 * 1024), 1)
                sent += 1024 * 1024
        connection.tell(sent)

    with serve_raw(script) as server:
        async with transport() as client, await client.stream(get(server.url), timeout=20):
            assert await asyncio.to_thread(server.hears, 10) < 50 * 1024 * 1024


async def test_a_stream_ends_at_its_deadline():
    async def script(connection):
        await connection.read_request()
        await connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
        await connection.until_gone()

    with serve_raw(script) as server:
        async with transport() as client, await client.stream(get(server.url), timeout=0.3) as answer:
            with pytest.raises(DeadlineError):
                [chunk async for chunk in answer.chunks()]


async def test_a_closed_transport_does_not_pass_half_a_stream_for_a_whole_one():
    async def script(connection):
        await connection.read_request()
        await connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
        await connection.until_gone()

    with serve_raw(script) as server:
        client = transport()
        answer = await client.stream(get(server.url), timeout=5)
        chunks = answer.chunks()
        assert await anext(chunks) == b"half"
        await client.close()
        with pytest.raises(TransportError):
            await anext(chunks)


async def test_closing_a_stream_early_closes_its_connection():
    async def script(connection):
        await connection.read_request()
        await connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
        await connection.until_gone()

    with serve_raw(script) as server:
        async with transport() as client:
            answer = await client.stream(get(server.url), timeout=5)
            await answer.aclose()
            await answer.aclose()
            assert await asyncio.to_thread(server.gone.wait, 5)


@pytest.mark.parametrize("use", ["request", "stream"])
async def test_a_cancelled_request_closes_its_connection(use):
    async def script(connection):
        await connection.read_request()
        connection.tell("asked")
        await connection.until_gone()

    with serve_raw(script) as server:
        async with transport() as client:
            task = asyncio.ensure_future(getattr(client, use)(get(server.url), timeout=30))
            assert await asyncio.to_thread(server.hears) == "asked"
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert await asyncio.to_thread(server.gone.wait, 5)


async def test_cancelling_a_receive_leaves_the_socket_usable_and_loses_nothing():
    async def script(connection):
        await connection.read_request()
        await connection.upgrade()
        await connection.wait(connection.server.go)
        await connection.send(frame(TEXT, b"one"), frame(TEXT, b"two"))
        await connection.answer_close()

    with serve_raw(script) as server:
        async with transport() as client, await client.connect(server.ws_url, timeout=5) as socket:
            task = asyncio.ensure_future(socket.receive(30))
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            server.go.set()
            assert [(await socket.receive(5)).data for _ in range(2)] == [b"one", b"two"]


async def test_leaving_a_socket_by_cancellation_closes_it():
    async def use(client, url):
        async with await client.connect(url, timeout=5) as socket:
            await socket.receive(30)

    with serve_raw(silent) as server:
        async with transport() as client:
            task = asyncio.ensure_future(use(client, server.ws_url))
            assert await asyncio.to_thread(server.hears) == "open"
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert await asyncio.to_thread(server.gone.wait, 5)


async def test_a_task_that_was_cancelled_before_still_gets_a_deadline_as_such():
    outcome = []

    async def stubborn(socket):
        try:
            await socket.receive(30)
        except asyncio.CancelledError:
            try:
                await socket.receive(0.05)
            except DeadlineError as error:
                outcome.append(error)

    with serve_raw(silent) as server:
        async with transport() as client, await client.connect(server.ws_url, timeout=5) as socket:
            task = asyncio.ensure_future(stubborn(socket))
            await asyncio.sleep(0)
            task.cancel()
            await task
    assert len(outcome) == 1


async def test_a_cancelled_connect_leaks_neither_connection_nor_descriptor():
    async def script(connection):
        await connection.read_request()
        connection.tell("asked")
        await connection.wait(connection.server.go)
        await connection.upgrade()
        await connection.until_gone()

    with serve_raw(script) as server:
        async with transport() as client:
            before = open_descriptors()
            task = asyncio.ensure_future(client.connect(server.ws_url, timeout=30))
            assert await asyncio.to_thread(server.hears) == "asked"
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            server.go.set()
            assert await asyncio.to_thread(server.gone.wait, 5)
            await until(lambda: not any(t.name == "websocket-connect" for t in threading.enumerate()))
            gc.collect()
            await until(lambda: open_descriptors() <= before)


async def test_a_loop_that_ends_while_a_connect_is_abandoned_does_not_wait_for_it():
    def run():
        async def main():
            async with transport() as client:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(0.1):
                        await client.connect(server.ws_url, timeout=30)

        asyncio.run(main())

    async def script(connection):
        await connection.wait(connection.server.go)

    with serve_raw(script) as server:
        started = time.monotonic()
        await asyncio.to_thread(run)
        assert time.monotonic() - started < 9
        server.go.set()


async def test_other_tasks_run_while_messages_keep_coming():
    async def script(connection):
        await connection.read_request()
        await connection.upgrade()
        for _ in range(20):
            await connection.send(frame(TEXT, b"x") * 1000)
        await connection.answer_close()

    turns = 0
    done = False

    async def other():
        nonlocal turns
        while not done:
            turns += 1
            await asyncio.sleep(0)

    with serve_raw(script) as server:
        async with transport() as client, await client.connect(server.ws_url, timeout=5) as socket:
            task = asyncio.ensure_future(other())
            for _ in range(20_000):
                await socket.receive(5)
            done = True
            await task
    assert turns >= 20_000 // 256


async def test_one_task_receives_while_others_send():
    async def echo(connection):
        await connection.read_request()
        await connection.upgrade()
        while True:
            opcode, payload = await connection.read_frame()
            await connection.send(frame(opcode, payload))
            if opcode == CLOSE:
                return

    async def send(socket, name):
        for number in range(50):
            await socket.send_text(f"{name}{number}" + "x" * 10_000, timeout=5)

    with serve_raw(echo) as server:
        async with transport() as client, await client.connect(server.ws_url, timeout=5) as socket:
            senders = asyncio.gather(*(send(socket, name) for name in "abc"))
            got = [(await socket.receive(5)).data.rstrip(b"x").decode() for _ in range(150)]
            await senders
    assert [name for name in got if name[0] == "b"] == [f"b{number}" for number in range(50)]
    assert len(set(got)) == 150


@pytest.mark.parametrize(("how", "ended"), [("abort", Ended("eof")), ("close", Ended("close", 1000))])
async def test_ending_a_socket_wakes_the_task_that_receives(how, ended):
    with serve_raw(silent) as server:
        async with transport() as client:
            socket = await client.connect(server.ws_url, timeout=5)
            task = asyncio.ensure_future(socket.receive(30))
            await asyncio.sleep(0)
            if how == "abort":
                socket.abort()
            else:
                await socket.close(timeout=5)
            with pytest.raises(SocketEndedError) as caught:
                await asyncio.wait_for(task, 2)
    assert caught.value.ended == ended


async def test_aborting_a_socket_wakes_the_task_that_sends():
    async def script(connection):
        await connection.read_request()
        await connection.upgrade()
        connection.reader._transport.pause_reading()
        await connection.wait(connection.server.go)

    with serve_raw(script) as server:
        async with transport() as client:
            socket = await client.connect(server.ws_url, timeout=5)
            message = Message(Opcode.BINARY, b"x" * 32 * 1024 * 1024)
            task = asyncio.ensure_future(socket.send(message, timeout=30))
            for _ in range(50):
                await asyncio.sleep(0)
            assert not task.done()
            socket.abort()
            with pytest.raises(SocketEndedError):
                await asyncio.wait_for(task, 2)
            server.go.set()


async def test_many_sockets_open_at_once():
    async def script(connection):
        await connection.read_request()
        await connection.upgrade(frame(TEXT, b"hello"))
        await connection.until_gone()

    with serve_raw(script) as server:
        async with transport() as client:
            opened = await asyncio.gather(*(client.connect(server.ws_url, timeout=10) for _ in range(60)))
            got = await asyncio.gather(*(socket.receive(5) for socket in opened))
            for socket in opened:
                socket.abort()
    assert {message.data for message in got} == {b"hello"}


async def test_requests_at_the_same_time_do_not_bring_back_old_cookies():
    async def script(connection):
        while True:
            request = await connection.read_request()
            if "slow" in request.line:
                connection.tell("slow")
                await connection.wait(connection.server.go)
                await connection.answer("200 OK")
            else:
                await connection.answer("200 OK", b"", "Set-Cookie: session=new; Path=/\r\n")

    with serve_raw(script) as server:
        async with transport() as client:
            client.set_cookies(server.url, {"session": "old"})
            slow = asyncio.ensure_future(client.request(get(f"{server.url}/slow"), timeout=5))
            assert await asyncio.to_thread(server.hears) == "slow"
            await client.request(get(server.url), timeout=5)
            server.go.set()
            await slow
            await client.request(get(server.url), timeout=5)
            assert server.requests[-1].get("cookie") == "session=new"
