"""What a driver does while a flow waits for a message: floods, deadlines, and sockets that are gone."""

import asyncio

import pytest

from provider.drivers.async_driver import AsyncDriver
from provider.drivers.sync_driver import SyncDriver
from provider.effects import RECEIVE, OpenSocket, Receive
from provider.timeout import Timeout
from provider.transport.async_transport import AsyncTransport
from provider.transport.errors import DeadlineError, SocketEndedError
from provider.transport.sync_transport import SyncTransport
from provider.transport.types import Settings
from tests.support.servers.raw_server import PING, TEXT, frame, serve_raw

SETTINGS = Settings(trust_environment=False)


def blocking(flow, timeout):
    driver = SyncDriver(SyncTransport(SETTINGS))
    try:
        return list(driver.run(flow, Timeout(timeout)))
    finally:
        driver.close()


def in_asyncio(flow, timeout):
    async def run():
        driver = AsyncDriver(
            AsyncTransport(SETTINGS),
        )
        try:
            return [item async for item in driver.run(flow, Timeout(timeout))]
        finally:
            await driver.close()

    return asyncio.run(run())


both = pytest.mark.parametrize("run", [blocking, in_asyncio])


def flood(*frames):
    """A server that sends these for as long as somebody is there."""
    burst = b"".join(frames) * 200

    async def behave(connection):
        await connection.read_request()
        await connection.upgrade()
        while True:
            await connection.send(burst)

    return serve_raw(behave)


def receive_for_ever(url):
    yield OpenSocket(url)
    while True:
        yield RECEIVE


def wait_shortly(url):
    yield OpenSocket(url)
    yield (yield Receive(0.2))


@both
@pytest.mark.parametrize("frames", [[frame(PING)], [frame(TEXT, b"{}")], [frame(PING), frame(TEXT, b"{}")]], ids=len)
def test_flood_does_not_outlast_the_deadline(run, frames):
    with flood(*frames) as server, pytest.raises(DeadlineError):
        run(receive_for_ever(server.ws_url), 1.0)


@both
def test_wait_for_something_late_is_not_prolonged_by_pings(run):
    with flood(frame(PING)) as server:
        assert run(wait_shortly(server.ws_url), 60.0) == [None]


@both
def test_receiving_where_no_socket_is_open_says_that_it_has_ended(run):
    def flow():
        yield RECEIVE

    with pytest.raises(SocketEndedError):
        run(flow(), 5.0)
