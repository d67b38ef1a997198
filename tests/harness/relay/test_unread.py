"""A client that reads nothing slows the service down; the relay holds no more for it than the kernel does."""

import asyncio

import pytest

from fake_server.host.limits import Limits
from fake_server.stage import Accept, Response
from provider.websocket import Message, Opcode
from tests.support.clients.raw_client import upgrade_request

PIECE = bytes(2**18)
PLENTY = 64 * 2**20
"""Bytes; the kernel's buffers and the queues of two hosts hold far less."""
IMPATIENT = Limits(send_timeout=0.5, close_timeout=0.3)
"""The service gives a client up, here the relay, that does not read for so long."""


class Flood:
    """A service that sends without end, or until it has sent plenty."""

    def __init__(self):
        self.sent = 0
        self.over = asyncio.Event()

    def answer(self, request):
        if request.upgrade:
            return Accept(run=self._run)
        return Response(headers=(("content-type", "text/event-stream"),), body=self._body())

    async def _run(self, socket):
        while self.sent < PLENTY and not (await self._is_over(socket)):
            self.sent += len(PIECE)
        self.over.set()

    async def _is_over(self, socket):
        await socket.send(Message(Opcode.BINARY, PIECE))
        return await socket.poll(0) is not None

    async def _body(self):
        try:
            while self.sent < PLENTY:
                yield PIECE
                self.sent += len(PIECE)
        finally:
            self.over.set()


@pytest.mark.parametrize("look", [None, "chrome"])
@pytest.mark.parametrize(
    "request_bytes", [upgrade_request(), b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"], ids=["ws", "sse"]
)
async def test_service_of_a_client_that_reads_nothing_is_held_back(relay, look, request_bytes):
    flood = Flood()
    relayed = await relay(flood.answer, impersonate=look, service_limits=IMPATIENT)
    reader, writer = await asyncio.open_connection("127.0.0.1", relayed.port, limit=1000)
    try:
        writer.write(request_bytes)
        await reader.readuntil(b"\r\n\r\n")
        async with asyncio.timeout(30):
            await flood.over.wait()
    finally:
        writer.transport.abort()
    assert len(PIECE) <= flood.sent < PLENTY
