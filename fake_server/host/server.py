"""`serve`: a stage on a port, for async and for sync code."""

from __future__ import annotations

import asyncio
import itertools
import os
import ssl
from collections.abc import Collection
from pathlib import Path
from typing import Final, Self

from fake_server.host.connection import Connection, Rules
from fake_server.host.connections import Connections, Failures
from fake_server.host.keepalive import Keepalive
from fake_server.host.limits import Limits
from fake_server.host.pages import Pages
from fake_server.host.policy import Access, Leniency
from fake_server.host.tcp import Wire
from fake_server.host.threaded import LoopThread
from fake_server.host.tls import Certificate, Identity, load_identity, make_identity
from fake_server.host.tunnel import Gate, Tunnel, TunnelGate
from fake_server.stage import Stage

_ROUNDS_TO_HAND_OVER: Final = 4
"""Of the event loop, from a socket that was accepted to its connection, turned away and closed."""


class ServerStartError(OSError):
    """The server cannot listen, e.g. because the port is in use."""


class Server:
    """A stage behind a port.

    ``async with serve(stage) as server`` runs it in the running loop; ``with serve(stage) as server`` in a thread with
    a loop of its own, from sync code or beside any loop.

    Attributes:
        errors: What stages raised (the first 100); clients were told 500, or 1011.
        unread: Why the server refused what it could not read as a request -> how often.
        strangers: Pages and names that were not let in, and how to let them in -> how often.
    """

    def __init__(self, stage: Stage, rules: Rules, *, host: str, port: int, authority_pem: bytes = b"") -> None:
        self._stage = stage
        self._rules = rules
        self._limits = rules.limits
        self._host = host
        self._port = port
        self._authority_pem = authority_pem
        self.errors = rules.failures.errors
        self.unread = rules.failures.unread
        self.strangers = rules.failures.strangers
        self._listener: asyncio.Server | None = None
        self._numbers = itertools.count(1)
        self._connections = Connections(lambda error: rules.failures.report(error, 0, "the host itself"))
        self._changing = asyncio.Lock()
        self._thread: LoopThread | None = None

    # ---------------------------------------------------------------- what it is
    @property
    def host(self) -> str:
        """The address it is bound to."""
        return self._host

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._port

    @property
    def url(self) -> str:
        """``http://`` or ``https://`` URL of the server."""
        return f"{self.scheme}://{self._netloc}"

    @property
    def ws_url(self) -> str:
        """The same with ``ws://`` or ``wss://``."""
        return f"{'wss' if self._rules.identity else 'ws'}://{self._netloc}"

    @property
    def scheme(self) -> str:
        """``http`` or ``https``."""
        return "https" if self._rules.identity else "http"

    @property
    def _netloc(self) -> str:
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self._host, self._host)  # noqa: S104  # read, not bound
        return f"[{host}]:{self._port}" if ":" in host and not host.startswith("[") else f"{host}:{self._port}"

    @property
    def authority_pem(self) -> bytes:
        """The certificate authority to trust, if the certificate was made here; else empty."""
        return self._authority_pem

    def write_authority(self, path: Path) -> Path:
        """Write `authority_pem` to a file; returns its path."""
        path.write_bytes(self.authority_pem)
        return path

    @property
    def stage(self) -> Stage:
        """What serves now; change it with `swap`."""
        return self._stage

    @property
    def connections(self) -> int:
        """How many there are."""
        return len(self._connections)

    # ---------------------------------------------------------------- in the running loop
    async def start(self) -> None:
        """Listen.

        Raises:
            ServerStartError: The address cannot be had.
        """
        if self._listener is not None:
            raise RuntimeError("the server runs already")
        tls = self._rules.identity is not None
        try:
            listener = await asyncio.get_running_loop().create_server(
                lambda: Wire(self._limits, self._accept, hold=tls), self._host, self._port
            )
        except (OSError, OverflowError) as error:
            number = getattr(error, "errno", None) or 0
            # asyncio's own words name the address once more; those of a name that is not found have other numbers.
            why = os.strerror(number) if number > 0 else getattr(error, "strerror", None) or str(error)
            raise ServerStartError(number, f"cannot listen on {self._host}:{self._port}: {why}") from error
        self._listener = listener
        self._port = listener.sockets[0].getsockname()[1]

    def _accept(self, wire: Wire) -> None:
        if self._listener is None or len(self._connections) >= self._limits.connections:
            wire.abort()
            return
        self._connections.welcome(wire, self._serve(wire))

    async def _serve(self, wire: Wire) -> None:
        try:
            if self._rules.identity is not None:
                wire = await wire.start_tls(self._rules.identity)
            # While stages change, a newcomer waits for the next one.
            async with self._changing:
                connection = Connection(wire, self._rules, self._stage, next(self._numbers))
        except BaseException:
            wire.abort()
            raise
        await connection.serve()

    async def swap_async(self, stage: Stage) -> None:
        """Put another stage in place.

        The old one's connections end first, then it is closed, then the new one serves: nothing of one reaches the
        other. Newcomers wait meanwhile.

        Raises:
            TimeoutError: The old stage does not close, or not let go of a connection; the new one is in place anyway.
            RuntimeError: The server does not run.
        """
        async with self._changing:
            if self._listener is None:
                raise RuntimeError("there is no server running to put a stage into")
            old, self._stage = self._stage, stage
            try:
                await self._connections.end(self._limits.close_timeout)
            finally:
                await self._close_stage(old)

    async def aclose(self) -> None:
        """Stop listening, end every connection, close the stage; may be called twice.

        Raises:
            TimeoutError: The stage does not close, or not let go of a connection.
        """
        listener, self._listener = self._listener, None
        if listener is None:
            return
        await _stop_listening(listener)
        try:
            await self._connections.end(self._limits.close_timeout)
        finally:
            await self._close_stage(self._stage)

    async def _close_stage(self, stage: Stage) -> None:
        deadline = asyncio.timeout(self._limits.stage_timeout)
        try:
            async with deadline:
                await stage.close()
        except TimeoutError as error:
            if not deadline.expired():
                raise
            raise TimeoutError(f"{type(stage).__name__} did not close in {self._limits.stage_timeout} s") from error

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    # ---------------------------------------------------------------- in a thread of its own
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
        """`swap_async` for a server in a thread; may be called from any other thread."""
        if self._thread is None:
            raise RuntimeError("swap() is for `with serve(..)`; in the server's own loop it is swap_async()")
        self._thread.run(self.swap_async(stage))

    def close(self) -> None:
        """`aclose` for a server in a thread, and the end of the thread; may be called twice."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        try:
            thread.run(self.aclose())
        finally:
            thread.stop()


async def _stop_listening(listener: asyncio.Server) -> None:
    """Accept nobody any more, then close: asyncio loses sockets that it hands over when the listener is closed."""
    loop = asyncio.get_running_loop()
    try:
        for listening in listener.sockets:
            loop.remove_reader(listening.fileno())
        for _ in range(_ROUNDS_TO_HAND_OVER):
            await asyncio.sleep(0)
    finally:
        listener.close()


def serve(  # noqa: PLR0913  # the front door: keyword arguments with defaults
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
) -> Server:
    """A server for a stage, to be used as ``with`` or ``async with``.

    Args:
        stage: What answers.
        host: Address to bind; loopback unless told otherwise.
        port: 0 takes a free one.
        tls: True makes a certificate on the spot (`Server.authority_pem` is what to trust).
        allowed_hosts: Further names that requests may call the server by; ``*`` for any.
        allowed_origins: Origins of further pages that may use it, by CORS (`fake_server.host.pages`); ``*`` for any.
        own_origins: Those of the service that it stands for: their pages may use it as if it were that.
        limits: See `Limits`.
        tunnel: Makes it a proxy for CONNECT; see `Tunnel`.
        gate: Makes it a forward proxy of any kind, in place of ``tunnel``; see `Gate`.
        strict: Refuses handshakes and messages that break RFC 6455, where it otherwise makes do; see docs/leniency.md.
        ping_interval: Seconds between pings to each WebSocket client, which has `Limits.pong_timeout` to answer.
        idle_timeout: Seconds after which a WebSocket on which nobody says anything is closed, with 1001.

    Raises:
        CertificateError: The given certificate cannot be used.
        PageOriginError: An allowed origin is none.
    """
    pages = Pages(allowed_origins)
    identity = _identity(tls, (*allowed_hosts, host))
    rules = Rules(
        access=Access(bound_host=host, allowed_hosts=allowed_hosts, allowed_origins=(*pages.origins, *own_origins)),
        pages=pages,
        limits=limits or Limits(),
        failures=Failures(),
        identity=identity.context if identity else None,
        gate=gate or (TunnelGate(tunnel) if tunnel else None),
        leniency=Leniency(strict=strict),
        keepalive=Keepalive(ping_interval=ping_interval, idle_timeout=idle_timeout),
    )
    return Server(stage, rules, host=host, port=port, authority_pem=identity.authority_pem if identity else b"")


def _identity(tls: bool | Certificate | ssl.SSLContext | None, names: Collection[str]) -> Identity | None:  # noqa: FBT001  # three ways
    match tls:
        case None | False:
            return None
        case True:
            return make_identity(names)
        case Certificate():
            return load_identity(tls)
        case ssl.SSLContext():
            return Identity(tls)
