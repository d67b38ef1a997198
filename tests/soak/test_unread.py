"""Where one side does not read, the memory of relay, server and replay stays as it is: the other side is slowed down."""

import asyncio
import socket

import msgspec
import pytest

from harness.cassette.model import Line
from harness.cassette.store import save
from tests.soak.processes import recorder, replay, started
from tests.support.cassettes import builders

pytestmark = pytest.mark.slow

BOUND = 24 * 2**20
"""Bytes that a process may grow by: its queues, and what it imports for a first connection."""
FAR_MORE = 20 * BOUND
SILENT = 10
"""Looks at an unused processor in a row, after which a process waits for its peer."""
LOOK = 0.05
UPGRADE = (
    "GET PATH HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
GET = "GET PATH HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n\r\n"
LARGE = b"\x82\xff" + (2**16).to_bytes(8, "big") + bytes(4 + 2**16)
"""A client's binary message, its mask zero."""


FLOODED = UPGRADE.replace("PATH", "/flood")
BODY = GET.replace("PATH", "/flood")
DEAF = UPGRADE.replace("PATH", "/deaf")


WHO = pytest.mark.parametrize(
    ("head", "sends"), [(FLOODED, False), (BODY, False), (DEAF, True)], ids=["socket", "body", "deaf service"]
)


async def connected(port, head):
    """A connection with small buffers on which the head of an answer has come."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2**14)
    client.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(client, ("127.0.0.1", port))
    await loop.sock_sendall(client, head.replace("PORT", str(port)).encode())
    return client


async def push(client):
    """Send messages for as long as the other side takes them."""
    while True:
        await asyncio.get_running_loop().sock_sendall(client, LARGE)


async def grown(service, head, *, sends=False):
    """How many bytes a process has grown by when it waits for its peer, or when it holds far more than it may."""
    before, used, silent = service.memory, service.cpu, 0
    client = await connected(service.port, head)
    try:
        async with asyncio.timeout(60):
            first = await asyncio.get_running_loop().sock_recv(client, 1000)
            assert first.startswith((b"HTTP/1.1 101", b"HTTP/1.1 200")), first
            acting = asyncio.ensure_future(push(client) if sends else asyncio.Event().wait())
            while silent < SILENT and service.memory - before <= FAR_MORE:
                await asyncio.sleep(LOOK)
                used, last = service.cpu, used
                silent = silent + 1 if used == last else 0
            acting.cancel()
        assert sends or client.recv(1000)  # more was there for it
        return service.memory - before
    finally:
        client.close()


@pytest.fixture(scope="module")
def service():
    with started() as running:
        yield running


@WHO
async def test_server_does_not_grow_where_a_side_does_not_read(service, head, sends):
    assert await grown(service, head, sends=sends) <= BOUND


@WHO
async def test_relay_does_not_grow_where_a_side_does_not_read(service, tmp_path, head, sends):
    with recorder(service.port, tmp_path / "x.yaml") as relay:
        assert await grown(relay, head, sends=sends) <= BOUND


@pytest.mark.parametrize("head", [FLOODED, BODY], ids=["socket", "body"])
async def test_replay_does_not_grow_where_its_client_does_not_read(tmp_path, head):
    path = tmp_path / "large.yaml"
    said = tuple(Line("<", number, "text", b"x" * 50_000) for number in range(1000))
    closed = Line("<", len(said), "close", code=1000)
    talk = msgspec.structs.replace(builders.socket("/flood", ""), messages=(*said, closed))
    body = builders.call("GET /flood", answer=b"", stream=said)
    save(builders.cassette(talk if head is FLOODED else body), path)
    with replay(path) as replayed:
        assert await grown(replayed, head) <= BOUND
