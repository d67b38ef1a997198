"""Responses that are read chunk by chunk: their heads, breaks, deadlines, memory and ends."""

import asyncio
import contextlib

import pytest

from provider.transport.errors import (
    BrokenConnectionError,
    DeadlineError,
    TransportError,
)
from tests.support.clients.async_transports import get, transport
from tests.support.servers.raw_server import serve_raw


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
