"""Autobahn's cases again, by kosoku's server, which asks them of the client; see docs/conformance.md."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from kosoku import FailureError, run_fuzzingserver

from provider.drivers.async_driver import AsyncDriver
from provider.drivers.sync_driver import SyncDriver
from provider.effects import RECEIVE, OpenSocket, SendText
from provider.errors import MalformedEventError
from provider.flow.not_utf8 import reject_message
from provider.timeout import Timeout
from provider.transport.async_transport import AsyncTransport
from provider.transport.errors import TransportError
from provider.transport.sync_transport import SyncTransport
from provider.transport.types import Settings
from provider.websocket import Opcode, is_utf8

COMPRESSION = ["12.*", "13.*"]
"""Cases of an extension that the client does not offer."""
OF_BYTES = ["1.2.*", "9.2.*", "9.4.*", "9.6.*", "9.8.*"]
"""Cases of binary messages. A flow receives messages without their kind, and sends text alone."""
PLAIN = Settings(trust_environment=False)
LIMIT = 60.0  # s for one case
AT_ONCE = 2

pytestmark = pytest.mark.slow


def echo(url):
    """A flow that receives as a chat does, and sends every message back."""
    yield OpenSocket(url)
    while True:
        raw = yield RECEIVE
        if not is_utf8(raw):
            yield from reject_message()
        yield SendText(raw.decode())


def blocking_flow(url):
    driver = SyncDriver(SyncTransport(PLAIN))
    try:
        for _ in driver.run(echo(url), Timeout(total=LIMIT, connect=10)):
            pass
    except (TransportError, MalformedEventError):
        pass  # the server has ended the case, or the client had to
    finally:
        driver.close()


def blocking_transport(url):
    with SyncTransport(PLAIN) as transport, transport.connect(url, timeout=10) as socket:
        try:
            while True:
                message = socket.receive(LIMIT)
                if message.opcode <= Opcode.BINARY:
                    socket.send(message, LIMIT)
        except TransportError:
            pass


async def flow_in_asyncio(url):
    driver = AsyncDriver(AsyncTransport(PLAIN))
    try:
        async for _ in driver.run(echo(url), Timeout(total=LIMIT, connect=10)):
            pass
    except (TransportError, MalformedEventError):
        pass
    finally:
        await driver.close()


async def transport_in_asyncio(url):
    async with AsyncTransport(PLAIN) as transport, await transport.connect(url, timeout=10) as socket:
        try:
            while True:
                message = await socket.receive(LIMIT)
                if message.opcode <= Opcode.BINARY:
                    await socket.send(message, LIMIT)
        except TransportError:
            pass


async def number_of_cases(url):
    async with AsyncTransport(PLAIN) as transport, await transport.connect(f"{url}/getCaseCount", timeout=10) as socket:
        return int((await socket.receive(10)).data)


async def results(client, cases, excluded):
    """The server's verdicts on a client, which is a coroutine function, or a function to run in threads."""
    async with run_fuzzingserver(cases, [*COMPRESSION, *excluded], port=0) as server:
        url = f"ws://127.0.0.1:{server.port}"
        with ThreadPoolExecutor(AT_ONCE) as threads:
            places = asyncio.Semaphore(AT_ONCE)

            async def run_case(number):
                case = f"{url}/runCase?case={number}&agent=client"
                async with places:
                    if asyncio.iscoroutinefunction(client):
                        await client(case)
                    else:
                        await asyncio.get_running_loop().run_in_executor(threads, client, case)

            await asyncio.gather(*(run_case(number + 1) for number in range(await number_of_cases(url))))
        await flow_in_asyncio(f"{url}/updateReports?agent=client")
        try:
            return await server.get_result()
        except FailureError as failed:
            return failed.results


async def failed_cases(client, cases, excluded, count):
    """The cases that failed, and again by themselves: some have seconds to pass in, which a busy machine exceeds."""
    all_of_them = await results(client, cases, excluded)
    assert len(all_of_them) == count
    failed = [each.case_id for each in all_of_them if not each.passed]
    again = await results(client, failed, excluded) if failed else []
    return {each.case_id: each.result_close for each in again if not each.passed}


@pytest.mark.parametrize("client", [blocking_flow, flow_in_asyncio])
async def test_flow_passes_every_case_of_text(client):
    assert await failed_cases(client, None, OF_BYTES, 266) == {}


@pytest.mark.parametrize("client", [blocking_transport, transport_in_asyncio])
async def test_transport_passes_the_cases_of_bytes(client):
    assert await failed_cases(client, OF_BYTES, [], 35) == {}
