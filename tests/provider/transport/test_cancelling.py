"""Cancelled tasks: what they leave behind is closed, and nothing that was received is lost."""

import asyncio
import contextlib
import gc
import threading
import time

import pytest

from provider.transport.errors import (
    DeadlineError,
)
from tests.support.clients.async_transports import get, open_descriptors, silent, transport, until
from tests.support.servers.raw_server import TEXT, frame, serve_raw


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
