"""Connections of the fake's host without a network: a transport in memory, whose client has sent all its bytes."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Coroutine

from fake_server.host.connection import Connection
from fake_server.host.connections import Failures
from fake_server.host.limits import Limits
from fake_server.host.policy import AccessPolicy
from fake_server.host.server_settings import ServerSettings
from fake_server.host.tcp import TcpConnection
from fake_server.host.websocket import HostSocket, SocketSettings
from fake_server.stage import Accept, Answer, Request, Response, Socket
from provider.websocket import Ended

_LONGEST = 5.0
"""Seconds until a connection whose client is gone counts as hanging."""
_ACCESS = AccessPolicy(bound_host="127.0.0.1", allowed_hosts=["*"], allowed_origins=["*"])


@functools.cache
def _loop() -> asyncio.Runner:
    return asyncio.Runner()


def _run(work: Coroutine[object, object, None]) -> None:
    _loop().run(asyncio.wait_for(work, _LONGEST))


class MemoryTransport(asyncio.Transport):
    """Keeps what the host writes, and ends when the host closes it."""

    def __init__(self, protocol: asyncio.Protocol) -> None:
        super().__init__()
        self.written = bytearray()
        self._protocol = protocol
        self._closing = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += data

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self.close()

    def is_closing(self) -> bool:
        return self._closing

    def pause_reading(self) -> None:
        """The client has sent everything already."""

    def resume_reading(self) -> None:
        """The client has sent everything already."""

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """What is written is read at once."""

    def get_write_buffer_size(self) -> int:
        return 0

    def close(self) -> None:
        if not self._closing:
            self._closing = True
            asyncio.get_running_loop().call_soon(self._protocol.connection_lost, None)

    abort = close


class _Echo:
    """Answers each request with its body, and each message with itself."""

    async def handle(self, request: Request) -> Answer:
        if request.upgrade:
            return Accept(run=_echo)
        return Response(status=200, headers=(("content-type", "application/octet-stream"),), body=request.body)

    async def close(self) -> None:
        """It keeps nothing."""


async def _echo(socket: Socket) -> None:
    while not isinstance(received := await socket.receive(), Ended):
        await socket.send(received)


def _connected(limits: Limits) -> TcpConnection:
    tcp = TcpConnection(limits)
    tcp.connection_made(MemoryTransport(tcp))
    return tcp


def serve(data: bytes, limits: Limits) -> None:
    """Serve a connection with these bytes.

    Raises:
        Exception: The host raised it, or the stage got a request that it could not answer.
    """
    failures = Failures()
    settings = ServerSettings(access=_ACCESS, limits=limits, failures=failures)

    async def work() -> None:
        tcp = _connected(limits)
        connection = Connection(tcp, settings, _Echo(), 1)
        tcp.data_received(data)
        tcp.eof_received()
        await connection.serve()

    _run(work())
    if failures.errors:
        raise failures.errors[0]


def serve_socket(data: bytes, limits: Limits) -> None:
    """Serve an open socket with these frames, in pieces as large as the first byte says; 0 for one piece.

    Raises:
        Exception: The host raised it.
    """
    size, sent = data[0] if data else 0, data[1:]

    async def work() -> None:
        tcp = _connected(limits)
        socket = HostSocket(tcp, limits, b"", SocketSettings(check_text=size % 2 == 1))
        for start in range(0, len(sent), size or len(sent) or 1):
            tcp.data_received(sent[start : start + (size or len(sent))])
        tcp.eof_received()
        await _echo(socket)
        await socket.finish(1000)

    _run(work())
