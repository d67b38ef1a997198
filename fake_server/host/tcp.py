"""One TCP (or TLS) connection: received bytes, back-pressure both ways, and every way to end it."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import Callable
from typing import Any, Final

from fake_server.host.limits import Limits
from fake_server.host.receive_buffer import Hold, Inflow
from fake_server.stage import How

_WRITE_SLICE: Final = 256 * 1024


class Wire(asyncio.Protocol):
    """What asyncio tells about a connection, as something to await.

    Attributes:
        gone: Set when the other side has ended the connection, or it broke.
        lost: Set when the connection is over in both directions.
        reset: Whether it broke rather than ended.
        on_gone: Called when `gone` is set, and once more when `lost` is.

    Args:
        on_made: Called when the connection is there.
        hold: Do not read: the first bytes are those of a TLS handshake.
        below: The wire that this one lies on, whose end it shares.
    """

    def __init__(
        self,
        limits: Limits,
        on_made: Callable[[Wire], None] | None = None,
        *,
        hold: bool = False,
        below: Wire | None = None,
    ) -> None:
        self.gone = asyncio.Event()
        self.lost = asyncio.Event()
        self.reset = False
        self.on_gone: Callable[[], None] | None = None
        self._limits = limits
        self._on_made = on_made
        self._below = below
        self._transport: Any = None
        self._writable = asyncio.Event()
        self._writable.set()
        self._released = False
        self._shut = False
        self._inflow = Inflow("tls") if hold else Inflow()

    # ---------------------------------------------------------------- what asyncio calls
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection is there."""
        self._transport = transport
        raw = transport.get_extra_info("socket")
        if raw is not None and raw.family in (socket.AF_INET, socket.AF_INET6):
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._inflow.open(transport)
        if self._on_made is not None:
            self._on_made(self)

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        self._inflow.feed(data)

    def eof_received(self) -> bool:
        """The client sent its FIN; the connection stays open for what we still send."""
        self._tell_gone()
        return self._transport is not None and self._transport.can_write_eof()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is over."""
        self.reset = isinstance(exc, OSError) and not isinstance(exc, ssl.SSLError)
        self.lost.set()
        self._inflow.close()
        self._writable.set()
        self._tell_gone()
        if self._below is not None:
            self._below.connection_lost(exc)

    def _tell_gone(self) -> None:
        self.gone.set()
        self._inflow.end()
        if self.on_gone is not None:
            self.on_gone()

    def pause_writing(self) -> None:
        """The client does not read fast enough."""
        if not self._released:
            self._writable.clear()

    def resume_writing(self) -> None:
        """It does again."""
        self._writable.set()
        self.release("answers")

    @property
    def address(self) -> str:
        """``host:port`` at which the client reached this side; for clients that do not say how they found it."""
        found = self._transport.get_extra_info("sockname") if self._transport is not None else None
        if not isinstance(found, tuple):
            return "localhost"
        host, port, *_ = found
        return f"[{host}]:{port}" if ":" in str(host) else f"{host}:{port}"

    # ---------------------------------------------------------------- reading
    async def read(self) -> bytes:
        """What has arrived; waits for something; empty at the end."""
        return await self._inflow.read()

    def hand_over(self, consumer: Callable[[bytes], None]) -> None:
        """From now on received bytes go to ``consumer`` as they come, those that wait first."""
        self._inflow.hand_over(consumer)

    def ignore(self) -> None:
        """From now on received bytes are thrown away."""
        self._inflow.ignore()

    @property
    def held(self) -> bool:
        """Whether the client is not read at present."""
        return self._inflow.held

    def hold(self, why: Hold) -> None:
        """Read no more for now."""
        self._inflow.hold(why)

    def release(self, why: Hold) -> None:
        """Read again, as far as that reason goes."""
        self._inflow.release(why)

    # ---------------------------------------------------------------- writing
    @property
    def closed(self) -> bool:
        """Whether nothing can be sent any more."""
        return self._shut or self.lost.is_set() or self._transport is None or self._transport.is_closing()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send, without waiting; nothing happens when the connection is over."""
        if not self.closed:
            self._transport.write(data)

    def answer(self, data: bytes) -> None:
        """Send what nobody waits for. A client that does not take it is not read until it does."""
        self.write(data)
        if self.congested:
            self.hold("answers")

    @property
    def congested(self) -> bool:
        """Whether `drain` would wait."""
        return not self._writable.is_set()

    async def drain(self) -> None:
        """Wait until the client has read enough of what was sent; if it does not, the connection is ended."""
        if self._writable.is_set():
            return
        try:
            async with asyncio.timeout(self._limits.send_timeout):
                await self._writable.wait()
        except TimeoutError:
            self.abort()

    async def write_all(self, data: bytes | memoryview) -> None:
        """Send any amount, in large slices with back-pressure; stops when the connection ends."""
        view = memoryview(data)
        for start in range(0, len(view), _WRITE_SLICE):
            if self.closed or self._released:
                return
            self.write(view[start : start + _WRITE_SLICE])
            await self.drain()

    async def flush(self) -> None:
        """Wait until all that was sent has left this process, as `drain` does."""
        if not self.closed:
            # Not 0: asyncio's TLS would then call an empty buffer full.
            self._transport.set_write_buffer_limits(high=1)
            await self.drain()

    def release_writers(self) -> None:
        """Back-pressure is over: nobody waits any more for a client that has said good-bye."""
        self._released = True
        self._writable.set()

    # ---------------------------------------------------------------- ending
    async def finish(self, patience: float) -> None:
        """End properly: everything sent, FIN, and a bounded wait for the client to read it and end its side."""
        if self._transport is None or self.lost.is_set():
            return
        self.ignore()
        await self.flush()
        try:
            async with asyncio.timeout(patience):
                if self.send_fin():
                    # Closing with unread bytes would be a reset, which takes what the client has not read yet.
                    await self.gone.wait()
                self._close()
                await self.lost.wait()
        except TimeoutError:
            self._transport.abort()

    def send_fin(self) -> bool:
        """FIN behind all that was sent; False if that cannot be told apart from closing (TLS), or it is too late."""
        if self.closed or not self._transport.can_write_eof():
            return False
        self._shut = True
        try:
            self._transport.write_eof()
        except OSError:
            return False
        return True

    async def end(self, how: How, patience: float) -> None:
        """End as told: FIN or RST."""
        if how == "reset":
            self.break_off()
        else:
            await self.finish(patience)

    def break_off(self) -> None:
        """RST at once."""
        if self._transport is None or self.lost.is_set():
            return
        raw = self._transport.get_extra_info("socket")
        if raw is not None:
            try:
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            except OSError:
                pass
        self._transport.abort()

    def leave(self) -> None:
        """End soon, without waiting: what was sent still goes out if the client reads it."""
        if self._transport is None or self.lost.is_set():
            return
        tls = not self._transport.can_write_eof()
        self._close()
        if tls and self._transport.get_write_buffer_size() == 0:
            # asyncio would wait for the client's close_notify, which few clients send.
            self._transport.abort()

    def _close(self) -> None:
        # Closed a second time, asyncio's TLS transports lose what their other methods need.
        if not self._transport.is_closing():
            self._transport.close()

    def abort(self) -> None:
        """End at once, in whatever way."""
        if self._transport is not None:
            self._transport.abort()

    # ---------------------------------------------------------------- TLS on top
    async def start_tls(self, context: ssl.SSLContext) -> Wire:
        """A fresh wire on this connection, encrypted. No byte of the handshake may have been read before.

        Raises:
            ConnectionError: The handshake failed, or did not end in time.
        """
        if self.closed:
            raise ConnectionError("the client left before the TLS handshake")
        inner = Wire(self._limits, below=self)
        loop = asyncio.get_running_loop()
        try:
            transport = await loop.start_tls(
                self._transport, inner, context, server_side=True, ssl_handshake_timeout=self._limits.tls_timeout
            )
        except BaseException as error:
            # asyncio has closed the connection, and tells nobody while the handshake was not done.
            self.connection_lost(None)
            if isinstance(error, OSError):
                raise ConnectionError("the TLS handshake failed") from error
            raise
        if transport is None:
            raise ConnectionError("the client left in the TLS handshake")
        # asyncio does not call this on its own here; bytes may have come to the inner wire already.
        inner.connection_made(transport)
        return inner
