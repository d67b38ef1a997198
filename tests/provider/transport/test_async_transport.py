"""What only the asyncio transport does: fairness, several tasks on one socket, many requests and sockets at once."""

import asyncio

import pytest

from provider.transport.errors import (
    SocketEndedError,
)
from provider.websocket import Ended, Message, Opcode
from tests.support.clients.async_transports import get, silent, transport
from tests.support.servers.raw_server import CLOSE, TEXT, frame, serve_raw


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
