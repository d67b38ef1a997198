"""`TunnelRoute`: a connection to a server other than the service. Nothing reads or records its bytes."""

from __future__ import annotations

import asyncio
import base64
import socket
from dataclasses import dataclass, replace
from typing import Final

from fake_server.host.limits import Limits
from fake_server.host.policy import refusal
from fake_server.host.tcp import TcpConnection
from fake_server.host.tunnel import origin_of
from fake_server.stage import LargeBody, Response
from harness.proxy.parents import Parent

ERROR_HEADER: Final = "x-wiretape-error"


def own_answer(status: int, problem: str, why: str) -> Response:
    """A response of the proxy itself; ``why`` is its text for people."""
    plain = refusal(status, problem, why)
    return replace(plain, headers=(*plain.headers, (ERROR_HEADER, problem)))


def password_wanted() -> Response:
    """The response 407, which asks for the proxy's password."""
    plain = own_answer(407, "proxy-password", "this proxy wants the user and the password of its URL")
    return replace(plain, headers=(*plain.headers, ("proxy-authenticate", 'Basic realm="wiretape"')))


_MOST_HEAD: Final = 16 * 1024


class _ParentError(Exception):
    """The machine's own proxy cannot be used, or refuses the connection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteLimits:
    """Timeouts in seconds.

    Attributes:
        connect: To connect to the other server, proxy included.
        attempt: To connect to one of its addresses, if it has several.
        idle: Without a byte in either direction, before the connection is closed.
        send: For a side that has stopped reading.
    """

    connect: float = 30.0
    attempt: float = 5.0
    idle: float = 600.0
    send: float = 120.0


class TunnelRoute:
    """A connection to ``host:port``, direct or through this machine's own http proxy.

    Args:
        host: The server's name or address.
        port: Its port.
        preamble: Sent first: the client's request, rewritten for the server.
        body: Sent behind it, if that is too large for the preamble.
        replies_only: Send nothing further of the client: its next request may be for another host.
        parent: The proxy to connect through.
        limits: Timeouts.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        preamble: bytes = b"",
        body: LargeBody | None = None,
        replies_only: bool = False,
        parent: Parent | None = None,
        limits: RouteLimits | None = None,
    ) -> None:
        self._host = host
        self._port = port
        self._preamble = preamble
        self._body = body
        self._replies_only = replies_only
        self._parent = parent
        self._limits = limits or RouteLimits()
        self._server: TcpConnection | None = None

    # ---------------------------------------------------------------- the tunnel of the host
    async def open(self) -> Response | None:
        """Connect; returns None, or a 502 or 504 if that fails."""
        place = origin_of(self._host, self._port, tls=True).removeprefix("https://")
        try:
            async with asyncio.timeout(self._limits.connect):
                await self._open()
        except TimeoutError:
            return own_answer(504, "unreachable", f"{place} did not answer in {self._limits.connect:g} s")
        except _ParentError as error:
            return own_answer(502, "unreachable", f"{place}: {error}")
        except OSError as error:
            return own_answer(502, "unreachable", f"{place}: {error.strerror or 'cannot be reached'}")
        return None

    async def carry(self, tcp: TcpConnection) -> None:
        """Copy bytes both ways until both sides have closed, one has failed, or the connection is idle too long."""
        server = self._server
        assert server is not None
        limit = asyncio.timeout(self._limits.idle)
        try:
            async with limit, asyncio.TaskGroup() as pumps:
                pumps.create_task(self._upwards(tcp, server, limit))
                pumps.create_task(self._pump(server, tcp, limit))
        except TimeoutError:
            tcp.abort()

    def close(self) -> None:
        """Close the connection to the server."""
        if self._server is not None:
            self._server.abort()

    # ---------------------------------------------------------------- connecting
    async def _open(self) -> None:
        parent = self._parent
        if parent is None:
            await self._connect(self._host, self._port)
            return
        if parent.kind != "http":
            raise _ParentError(
                "the proxy that this machine's environment sets is not an http:// one, and cannot be used"
            )
        await self._connect(parent.host, parent.port)
        if not self._preamble:
            await self._ask_parent(parent)

    async def _connect(self, host: str, port: int) -> None:
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        for number, (*_, address) in enumerate(found, 1):
            patience = self._limits.attempt if number < len(found) else None
            try:
                async with asyncio.timeout(patience):
                    _, self._server = await loop.create_connection(self._new_connection, str(address[0]), port)
                    return
            except OSError:  # includes TimeoutError
                if number == len(found):
                    raise

    def _new_connection(self) -> TcpConnection:
        return TcpConnection(Limits(send_timeout=self._limits.send))

    async def _ask_parent(self, parent: Parent) -> None:
        server = self._server
        assert server is not None
        name = f"[{self._host}]" if ":" in self._host else self._host
        lines = [f"CONNECT {name}:{self._port} HTTP/1.1", f"Host: {name}:{self._port}"]
        if parent.credentials:
            lines.append("Proxy-Authorization: " + basic(parent.credentials))
        server.write("\r\n".join([*lines, "", ""]).encode())
        head = b""
        while b"\r\n\r\n" not in head and len(head) < _MOST_HEAD:
            more = await server.read()
            if not more:
                break
            head += more
        status = head.split(b" ", 2)[1:2]
        if not head.endswith(b"\r\n\r\n") or status[:1] != [b"200"]:
            raise _ParentError("the proxy that this machine's environment sets refuses to connect to the host")

    # ---------------------------------------------------------------- copying
    async def _upwards(self, client: TcpConnection, server: TcpConnection, limit: asyncio.Timeout) -> None:
        await server.write_all(self._preamble)
        for piece in () if self._body is None else self._body.pieces():
            limit.reschedule(asyncio.get_running_loop().time() + self._limits.idle)
            await server.write_all(piece)
        if not self._replies_only:
            await self._pump(client, server, limit)
        elif await client.read() or client.lost.is_set():
            # The client's next request may be for another host, or the client has gone.
            server.abort()

    async def _pump(self, source: TcpConnection, target: TcpConnection, limit: asyncio.Timeout) -> None:
        loop = asyncio.get_running_loop()
        while data := await source.read():
            limit.reschedule(loop.time() + self._limits.idle)
            await target.write_all(data)
            if target.closed:
                source.abort()
                return
        if source.lost.is_set():
            target.abort()
        else:
            target.send_fin()


def basic(credentials: str) -> str:
    """The value of a Proxy-Authorization header for ``user:password``: ``Basic ..``."""
    return "Basic " + base64.b64encode(credentials.encode()).decode()
