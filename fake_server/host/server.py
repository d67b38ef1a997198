"""`serve`: a stage on a port, for async and for sync code."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Collection
from pathlib import Path
from typing import Self

from fake_server.host.access import Access
from fake_server.host.connection import Shared, Tunnel, serve_connection
from fake_server.host.limits import Limits
from fake_server.host.threaded import LoopThread
from fake_server.host.tls import Certificate, Identity, load_identity, make_identity
from fake_server.host.wire import Wire
from fake_server.stage import Stage


class ServerStartError(OSError):
    """The server cannot listen, e.g. because the port is in use."""


class Server:
    """A stage behind a port.

    ``async with serve(stage) as server`` runs it in the running loop; ``with serve(stage) as server`` in a thread with
    a loop of its own, from sync code or beside any loop.

    Attributes:
        errors: What stages raised; clients were told 500, or 1011.
    """

    def __init__(
        self,
        stage: Stage,
        *,
        host: str,
        port: int,
        identity: Identity | None,
        access: Access,
        limits: Limits,
        tunnel: Tunnel | None,
    ) -> None:
        self._stage = stage
        self._host = host
        self._port = port
        self._identity = identity
        self._limits = limits
        self._shared = Shared(lambda: self._stage, access, limits, tunnel)
        self.errors = self._shared.errors
        self._listener: asyncio.Server | None = None
        self._connections: dict[asyncio.Task[None], Wire] = {}
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
        return f"{'wss' if self._identity else 'ws'}://{self._netloc}"

    @property
    def scheme(self) -> str:
        """``http`` or ``https``."""
        return "https" if self._identity else "http"

    @property
    def _netloc(self) -> str:
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self._host, self._host)  # noqa: S104  # read, not bound
        return f"[{host}]:{self._port}" if ":" in host and not host.startswith("[") else f"{host}:{self._port}"

    @property
    def authority_pem(self) -> bytes:
        """The certificate authority to trust, if the certificate was made here; else empty."""
        return self._identity.authority_pem if self._identity else b""

    def write_authority(self, path: Path) -> Path:
        """Write `authority_pem` to a file; returns its path."""
        path.write_bytes(self.authority_pem)
        return path

    @property
    def stage(self) -> Stage:
        """What serves now; change it with `swap`."""
        return self._stage

    # ---------------------------------------------------------------- in the running loop
    async def start(self) -> None:
        """Listen.

        Raises:
            ServerStartError: The address cannot be had.
        """
        loop = asyncio.get_running_loop()
        context: ssl.SSLContext | None = self._identity.context if self._identity else None
        try:
            listener = await loop.create_server(
                lambda: Wire(self._accept),
                self._host,
                self._port,
                ssl=context,
                ssl_handshake_timeout=self._limits.tls_timeout if context else None,
            )
        except OSError as error:
            why = error.strerror or str(error)
            raise ServerStartError(error.errno or 0, f"cannot listen on {self._host}:{self._port}: {why}") from error
        self._listener = listener
        self._port = listener.sockets[0].getsockname()[1]

    def _accept(self, wire: Wire) -> None:
        if self._listener is None or len(self._connections) >= self._limits.connections:
            wire.abort()
            return
        task = asyncio.ensure_future(serve_connection(wire, self._shared, scheme=self.scheme))
        self._connections[task] = wire
        task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Task[None]) -> None:
        self._connections.pop(task, None)
        error = None if task.cancelled() else task.exception()
        # Handshakes that fail and clients that vanish are everyday; the rest should be seen.
        if isinstance(error, Exception) and not isinstance(error, ConnectionError | TimeoutError):
            self.errors.append(error)

    async def _end_connections(self) -> None:
        while self._connections:
            tasks = list(self._connections)
            for wire in self._connections.values():
                wire.abort()
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            await asyncio.sleep(0)

    async def swap_async(self, stage: Stage) -> None:
        """Put another stage in place; when this returns, the old one is closed and all its connections have ended."""
        old, self._stage = self._stage, stage
        await self._end_connections()
        await old.close()

    async def aclose(self) -> None:
        """Stop listening, end every connection, close the stage; may be called twice."""
        listener, self._listener = self._listener, None
        if listener is None:
            return
        listener.close()
        await self._end_connections()
        await listener.wait_closed()
        await self._stage.close()

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
        assert self._thread is not None, "swap() is for `with serve(..)`; use swap_async() in the server's own loop"
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


def serve(  # noqa: PLR0913  # the front door: keyword arguments with defaults
    stage: Stage,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    tls: bool | Certificate | ssl.SSLContext = False,
    allowed_hosts: Collection[str] = (),
    allowed_origins: Collection[str] = (),
    limits: Limits | None = None,
    tunnel: Tunnel | None = None,
) -> Server:
    """A server for a stage, to be used as ``with`` or ``async with``.

    Args:
        stage: What answers.
        host: Address to bind; loopback unless told otherwise.
        port: 0 takes a free one.
        tls: True makes a certificate on the spot (`Server.authority_pem` is what to trust).
        allowed_hosts: Further names that requests may call the server by; ``*`` for any.
        allowed_origins: Origins of pages that may use it; ``*`` for any.
        limits: See `Limits`.
        tunnel: Makes it a proxy for CONNECT; see `Tunnel`.

    Raises:
        CertificateError: The given certificate cannot be used.
    """
    return Server(
        stage,
        host=host,
        port=port,
        identity=_identity(tls, allowed_hosts),
        access=Access(bound_host=host, allowed_hosts=allowed_hosts, allowed_origins=allowed_origins),
        limits=limits or Limits(),
        tunnel=tunnel,
    )


def _identity(tls: bool | Certificate | ssl.SSLContext, names: Collection[str]) -> Identity | None:  # noqa: FBT001  # three ways
    match tls:
        case False:
            return None
        case True:
            return make_identity(names)
        case Certificate():
            return load_identity(tls)
        case ssl.SSLContext():
            return Identity(tls)
