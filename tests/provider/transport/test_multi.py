"""The transfers of one event loop: each learns of its own end, whichever call of libcurl found it."""

import asyncio

import pytest

from provider.transport.async_transport import AsyncTransport
from provider.transport.errors import TransportError
from provider.transport.types import Request, Settings
from tests.support.servers.raw_server import serve_raw


async def answers_never(connection):
    await connection.read_request()
    connection.tell("asked")
    await connection.until_gone()


async def test_a_request_that_ends_in_a_regular_check_does_not_wait_for_the_long_poll_beside_it():
    with serve_raw(answers_never) as server:
        async with AsyncTransport(Settings(trust_environment=False)) as client:
            poll = asyncio.create_task(client.request(Request(method="GET", url=server.url), timeout=30))
            await asyncio.to_thread(server.hears)
            # It fails as soon as libcurl looks at it, here by a call that looks at the timers, and asks for no result.
            transfer = await client._transfer(Request(method="GET", url="unknown://127.0.0.1/"), 30)
            client._multi.socket_action(-1, 0)
            with pytest.raises(TransportError, match="unknown"):
                await asyncio.wait_for(transfer.begun(), 5)
            transfer.close()
            poll.cancel()
            await asyncio.wait({poll})
