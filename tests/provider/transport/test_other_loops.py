"""An asyncio client may be closed in another loop than the one it worked in: fixtures of test runners do that."""

import asyncio

import pytest

from provider.transport.async_transport import AsyncTransport
from provider.transport.types import Request, Settings
from tests.support.servers.raw_server import CLOSE, serve_raw


async def one_answer_one_socket(connection):
    request = await connection.read_request()
    if request.get("upgrade") is None:
        await connection.answer("200 OK", b"hello")
        await connection.until_gone()
        return
    await connection.upgrade()
    opcode, payload = await connection.read_frame()
    connection.tell((opcode, payload))
    await connection.until_gone()


async def use(server):
    client = AsyncTransport(Settings(trust_environment=False))
    await client.request(Request(method="GET", url=server.url), timeout=5)
    return client, await client.connect(server.ws_url, timeout=5)


async def leave(client, socket):
    await socket.close(timeout=5)
    await client.close()


@pytest.mark.parametrize("first_ends", [True, False])
def test_a_client_closes_properly_in_a_second_loop(first_ends):
    with serve_raw(one_answer_one_socket) as server, asyncio.Runner() as first:
        client, socket = first.run(use(server))
        if first_ends:
            first.close()
        with asyncio.Runner() as second:
            second.run(leave(client, socket))
        assert server.hears() == (CLOSE, (1000).to_bytes(2, "big"))
