"""An upgrade that the relay writes itself: over TLS, and with services that answer badly or not at all."""

import asyncio
import contextlib

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidMessage, InvalidStatus

from fake_server.host.server import serve
from fake_server.stage import Drop, Stall
from harness.relay.limits import RelayLimits
from provider.transport.types import Settings
from tests.support.servers.raw_server import serve_raw
from tests.support.servers.stages import echoing


async def refused(relayed):
    with pytest.raises(InvalidStatus) as caught:
        await connect(f"{relayed.ws_url}/x", ping_interval=None)
    (exchange,) = await relayed.exchanges()
    return caught.value.response, exchange


async def test_socket_over_tls_to_a_trusted_service_passes(relay, tmp_path):
    async with serve(echoing(), tls=True) as service:
        authority = str(service.write_authority(tmp_path / "authority.pem"))
        relayed = await relay(url=service.url, settings=Settings(verify=authority, trust_environment=False))
        async with connect(f"{relayed.ws_url}/x", ping_interval=None) as client:
            for message in ("hello", "x" * 300_000, b"\x00\xff"):
                await client.send(message)
                assert await client.recv() == message
        (socket,) = await relayed.exchanges()
    assert [line.kind for line in socket.messages[:6]] == ["text", "text", "text", "text", "binary", "binary"]


async def test_service_that_is_not_trusted_is_not_reached(relay):
    async with serve(echoing(), tls=True) as service:
        relayed = await relay(url=service.url)
        response, socket = await refused(relayed)
    assert response.status_code == 502
    assert b"upstream-unreachable" in response.body
    assert b"CERTIFICATE_VERIFY_FAILED" in response.body
    assert (socket.response, socket.aborted.by) == (None, "server")


async def test_service_without_a_trusted_certificate_is_reached_where_nobody_looks(relay):
    async with serve(echoing(), tls=True) as service:
        relayed = await relay(url=service.url, settings=Settings(verify=False, trust_environment=False))
        async with connect(f"{relayed.ws_url}/x", ping_interval=None) as client:
            await client.send("hello")
            assert await client.recv() == "hello"


@pytest.mark.parametrize("how", ["eof", "reset"])
async def test_service_that_hangs_up_ends_the_clients_connection(relay, how):
    relayed = await relay(lambda _: Drop(how=how))
    with pytest.raises((InvalidMessage, ConnectionError)):
        await connect(f"{relayed.ws_url}/x")
    (socket,) = await relayed.exchanges()
    assert (socket.aborted.by, socket.aborted.how) == ("server", how)


async def test_service_that_does_not_answer_is_a_504(relay):
    relayed = await relay(lambda _: Stall(), limits=RelayLimits(connect=0.3))
    response, socket = await refused(relayed)
    assert response.status_code == 504
    assert (socket.aborted.by, socket.aborted.how) == ("server", "timeout")


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        (
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n",
            InvalidStatus,
        ),
        (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", InvalidMessage),
    ],
)
async def test_service_that_speaks_something_else_is_refused(relay, raw, error):
    async def script(connection):
        await connection.read_request()
        await connection.send(raw)
        await connection.until_gone()

    with serve_raw(script) as service:
        relayed = await relay(url=service.url)
        with pytest.raises(error):
            await connect(f"{relayed.ws_url}/x")
        (socket,) = await relayed.exchanges()
    assert socket.aborted.by == "server"


@contextlib.asynccontextmanager
async def connect_proxy():
    """A proxy for CONNECT; yields its URL, and whom it was asked for."""
    asked = []

    async def copy(reader, writer):
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        writer.close()

    async def serve_one(reader, writer):
        line = (await reader.readuntil(b"\r\n\r\n")).decode().split()
        asked.append((line[0], line[1]))
        host, _, port = line[1].rpartition(":")
        there = await asyncio.open_connection(host, int(port))
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await asyncio.gather(copy(reader, there[1]), copy(there[0], writer))

    server = await asyncio.start_server(serve_one, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", asked
    finally:
        server.close()


async def test_proxy_before_the_service_is_used_and_the_client_stays_itself(relay):
    async with connect_proxy() as (proxy, asked):
        seen, echo = [], echoing()

        def handle(request):
            seen.append(request)
            return echo.handle(request)

        relayed = await relay(handle, settings=Settings(proxy=proxy, trust_environment=False))
        async with connect(f"{relayed.ws_url}/x%2fy", ping_interval=None, user_agent_header="mine/1") as client:
            await client.send("hello")
            assert await client.recv() == "hello"
    assert asked == [("CONNECT", f"127.0.0.1:{relayed.upstream.port}")]
    assert (seen[0].target, seen[0].header("user-agent")) == ("/x%2fy", "mine/1")
