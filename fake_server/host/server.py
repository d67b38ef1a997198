"""`serve`: run a stage on a port, from async or sync code."""

from __future__ import annotations

import asyncio
import itertools
import ssl
from collections.abc import Collection
from pathlib import Path
from typing import Self

from fake_server.host.connection import Connection
from fake_server.host.connections import Connections, Failures, close_stage
from fake_server.host.handshakes import encrypted
from fake_server.host.keepalive import Keepalive
from fake_server.host.limits import Limits, most_connections
from fake_server.host.listener import listen, stop_listening
from fake_server.host.pages import Pages
from fake_server.host.policy import AccessPolicy, HandshakePolicy
from fake_server.host.refusals import Refusals
from fake_server.host.server_settings import ServerSettings
from fake_server.host.tcp import TcpConnection
from fake_server.host.threaded import LoopThread
from fake_server.host.tls import Certificate, choose_identity
from fake_server.host.tunnel import Gate, Tunnel, TunnelGate
from fake_server.stage import Stage


class Server:
    """A stage on a port.

    ``async with serve(stage) as server`` runs it in the running loop. ``with serve(stage) as server`` runs it in a
    thread with a loop of its own.

    Attributes:
        errors: The first 100 exceptions of stages; their clients got a 500, or a close with 1011.
        unread: Cause of an invalid request -> number of requests.
        strangers: A refused page or host name, and the option that allows it -> number of requests.
    """

    def __init__(
        self,
        stage: Stage,
        settings: ServerSettings,
        *,
        host: str,
        port: int,
        authority_pem: bytes = b"",
        more_ports: int = 0,
    ) -> None:
        self._stage = stage
        self._settings = settings
        self._limits = settings.limits
        self._host = host
        self._port = port
        self._authority_pem = authority_pem
        self.errors = settings.failures.errors
        self.unread = settings.failures.unread
        self.strangers = settings.failures.strangers
        self._more_ports = more_ports
        self._listener: asyncio.Server | None = None
        self._more_listeners: list[asyncio.Server] = []
        self._numbers = itertools.count(1)
        self._connections = Connections(lambda error: settings.failures.report(error, 0, "the host itself"))
        self._most = self._limits.connections
        self._refusals = Refusals()
        self._changing = asyncio.Lock()
        self._thread: LoopThread | None = None

    # ---------------------------------------------------------------- properties
    @property
    def host(self) -> str:
        """The address that the server is bound to."""
        return self._host

    @property
    def port(self) -> int:
        """The port that the server listens on."""
        return self._port

    @property
    def more_ports(self) -> tuple[int, ...]:
        """The further ports that the server listens on, in their order; see `Request.port`."""
        return tuple(each.sockets[0].getsockname()[1] for each in self._more_listeners)

    @property
    def url(self) -> str:
        """``http://`` or ``https://`` URL of the server."""
        return f"{self.scheme}://{self._netloc}"

    @property
    def ws_url(self) -> str:
        """``ws://`` or ``wss://`` URL of the server."""
        return f"{'wss' if self._settings.identity else 'ws'}://{self._netloc}"

    @property
    def scheme(self) -> str:
        """``http`` or ``https``."""
        return "https" if self._settings.identity else "http"

    @property
    def _netloc(self) -> str:
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self._host, self._host)  # noqa: S104  # read, not bound
        return f"[{host}]:{self._port}" if ":" in host and not host.startswith("[") else f"{host}:{self._port}"

    @property
    def authority_pem(self) -> bytes:
        """PEM of the certificate authority that clients must trust; empty for a given certificate."""
        return self._authority_pem

    def write_authority(self, path: Path) -> Path:
        """Write `authority_pem` to a file; returns its path."""
        path.write_bytes(self.authority_pem)
        return path

    @property
    def stage(self) -> Stage:
        """The stage that answers the requests; `swap` replaces it."""
        return self._stage

    @property
    def connections(self) -> int:
        """Number of open connections."""
        return len(self._connections)

    # ---------------------------------------------------------------- in the running loop
    async def start(self) -> None:
        """Start to listen.

        Raises:
            ServerStartError: The address is in use or invalid.
        """
        if self._listener is not None:
            raise RuntimeError("the server runs already: start each server once")
        self._most = most_connections(self._limits)
        self._listener = await self._listen(self._port)
        self._port = self._listener.sockets[0].getsockname()[1]
        try:
            for _ in range(self._more_ports):
                self._more_listeners.append(await self._listen(0))
        except BaseException:
            await self.aclose()
            raise

    async def _listen(self, port: int) -> asyncio.Server:
        tls = self._settings.identity is not None
        return await listen(lambda: TcpConnection(self._limits, self._accept, hold=tls), self._host, port)

    def _accept(self, tcp: TcpConnection) -> None:
        if self._listener is None:
            tcp.abort()
        elif len(self._connections) >= self._most and not self._connections.make_room(self._limits.crowded_timeout):
            self._settings.failures.count_crowd(self._most)
            self._refusals.refuse(tcp, can_answer=self._settings.identity is None)
        else:
            self._connections.add(tcp, self._serve(tcp))

    async def _serve(self, tcp: TcpConnection) -> None:
        try:
            if self._settings.identity is not None:
                tcp = await encrypted(tcp, self._settings.identity, self._stage, self._limits)
            # During a swap, a new connection waits for the new stage.
            async with self._changing:
                connection = Connection(tcp, self._settings, self._stage, next(self._numbers))
        except BaseException:
            tcp.abort()
            raise
        await connection.serve()

    async def swap_async(self, stage: Stage) -> None:
        """Replace the stage.

        The old stage's connections end, then it is closed, then the new stage serves. New connections wait meanwhile.

        Raises:
            TimeoutError: The old stage does not close, or keeps a connection. The new one is in place anyway.
            RuntimeError: The server does not run.
        """
        async with self._changing:
            if self._listener is None:
                raise RuntimeError("swap: the server does not run: start it first")
            old, self._stage = self._stage, stage
            try:
                await self._connections.end(self._limits.close_timeout)
            finally:
                await close_stage(old, self._limits.stage_timeout)

    async def aclose(self) -> None:
        """Stop listening, end all connections and close the stage; may be called twice.

        Raises:
            TimeoutError: The stage does not close, or keeps a connection.
        """
        listener, self._listener = self._listener, None
        if listener is None:
            return
        for each in (listener, *self._more_listeners):
            await stop_listening(each)
        self._more_listeners.clear()
        self._refusals.end()
        try:
            await self._connections.end(self._limits.close_timeout)
        finally:
            await close_stage(self._stage, self._limits.stage_timeout)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    # ---------------------------------------------------------------- in a thread
    def __enter__(self) -> Self:
        self._thread = LoopThread("fake_server")
        try:
            self._thread.run(self.start())
        except BaseException:
            self._thread.stop()
            self._thread = None
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def swap(self, stage: Stage) -> None:
        """`swap_async` for a server in a thread; call it from any other thread."""
        if self._thread is None:
            raise RuntimeError("the server runs in an event loop, not in a thread: use `await swap_async(..)`")
        self._thread.run(self.swap_async(stage))

    def close(self) -> None:
        """As `aclose`, for a server in a thread; also ends that thread. May be called twice."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        try:
            thread.run(self.aclose())
        finally:
            thread.stop()


def serve(  # noqa: PLR0913  # keyword arguments with defaults
    stage: Stage,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    tls: bool | Certificate | ssl.SSLContext | None = None,
    allowed_hosts: Collection[str] = (),
    allowed_origins: Collection[str] = (),
    own_origins: Collection[str] = (),
    limits: Limits | None = None,
    tunnel: Tunnel | None = None,
    gate: Gate | None = None,
    strict: bool = False,
    ping_interval: float | None = None,
    idle_timeout: float | None = None,
    more_ports: int = 0,
) -> Server:
    """A server for a stage, to be used as ``with`` or ``async with``.

    Args:
        stage: Answers the requests.
        host: Address to bind.
        port: 0 for any free port.
        tls: True makes a certificate; clients must trust `Server.authority_pem`.
        allowed_hosts: Further host names of the server; ``*`` for any.
        allowed_origins: Origins of further pages that may use it, by CORS (`fake_server.host.pages`); ``*`` for any.
        own_origins: Origins of the imitated service: its pages may use the server without CORS.
        limits: Sizes, and times to wait for a client; see `Limits`.
        tunnel: Makes the server a proxy for CONNECT; see `Tunnel`.
        gate: Makes the server a forward proxy of any kind, in place of ``tunnel``; see `Gate`.
        strict: Refuse handshakes and messages that break RFC 6455 but do no harm; see docs/leniency.md.
        ping_interval: Seconds between pings to each WebSocket client; `Limits.pong_timeout` bounds its pong.
        idle_timeout: Seconds without a message after which a WebSocket is closed, with 1001.
        more_ports: How many further ports to listen on, any free ones; `Request.port` tells them apart.

    Raises:
        CertificateError: The given certificate cannot be used.
        PageOriginError: An allowed origin is not the origin of a page.
    """
    pages = Pages(allowed_origins)
    identity = choose_identity(tls, (*allowed_hosts, host))
    settings = ServerSettings(
        access=AccessPolicy(
            bound_host=host, allowed_hosts=allowed_hosts, allowed_origins=(*pages.origins, *own_origins)
        ),
        pages=pages,
        limits=limits or Limits(),
        failures=Failures(),
        identity=identity.context if identity else None,
        gate=gate or (TunnelGate(tunnel) if tunnel else None),
        handshake=HandshakePolicy(strict=strict),
        keepalive=Keepalive(ping_interval=ping_interval, idle_timeout=idle_timeout),
    )
    pem = identity.authority_pem if identity else b""
    return Server(stage, settings, host=host, port=port, authority_pem=pem, more_ports=more_ports)
