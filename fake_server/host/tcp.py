"""One TCP or TLS connection: reading, writing, back-pressure both ways, and all ways to end it."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from typing import Any, Final

from fake_server.host.flag import Flag
from fake_server.host.limits import Limits
from fake_server.host.os_socket import host_and_port, local_address, reset_at_close, send_at_once
from fake_server.host.receive_buffer import Hold, ReceiveBuffer
from fake_server.stage import How
from provider import clock

_WRITE_SLICE: Final = 256 * 1024


class TcpConnection(asyncio.Protocol):
    """asyncio's callbacks for a connection, as awaitable methods.

    Attributes:
        gone: Set when the client has ended its side, or the connection broke.
        lost: Set when the connection is over in both directions.
        reset: Whether it broke.
        began: When it was made, by the monotonic clock.
        has_asked: Whether the client has sent a whole request.
        on_gone: Called when `gone` is set, and again when `lost` is set.

    Args:
        on_made: Called when the connection is open.
        hold: Do not read yet: the first bytes belong to a TLS handshake.
        below: The connection below TLS, which ends with this one.
    """

    def __init__(
        self,
        limits: Limits,
        on_made: Callable[[TcpConnection], None] | None = None,
        *,
        hold: bool = False,
        below: TcpConnection | None = None,
    ) -> None:
        self.gone = Flag()
        self.lost = Flag()
        self.reset = False
        self.began = clock.monotonic()
        self.has_asked = False
        self.on_gone: Callable[[], None] | None = None
        self._limits = limits
        self._on_made = on_made
        self._below = below
        self._transport: Any = None
        self._writable = Flag()
        self._writable.set()
        self._released = False
        self._shut = False
        self._received = ReceiveBuffer("tls") if hold else ReceiveBuffer()

    # ---------------------------------------------------------------- what asyncio calls
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note that the connection is open; asyncio calls this."""
        self._transport = transport
        send_at_once(transport)
        self._received.open(transport)
        if self._on_made is not None:
            self._on_made(self)

    def data_received(self, data: bytes) -> None:
        """Add received bytes to the buffer; asyncio calls this."""
        self._received.feed(data)

    def eof_received(self) -> bool:
        """Note that the client sent FIN; asyncio calls this. True keeps the connection open for our answer."""
        self._notify_gone()
        return self._transport is not None and self._transport.can_write_eof()

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that the connection is over in both directions; asyncio calls this."""
        self.reset = isinstance(exc, OSError) and not isinstance(exc, ssl.SSLError)
        self.lost.set()
        self._received.close()
        self._writable.set()
        self._notify_gone()
        if self._below is not None:
            self._below.connection_lost(exc)

    def _notify_gone(self) -> None:
        self.gone.set()
        self._received.end()
        if self.on_gone is not None:
            self.on_gone()

    def pause_writing(self) -> None:
        """Let `drain` wait, because the client reads too slowly; asyncio calls this."""
        if not self._released:
            self._writable.clear()

    def resume_writing(self) -> None:
        """Let `drain` go on, because the client has read enough; asyncio calls this."""
        self._writable.set()
        self.release("answers")

    @property
    def address(self) -> str:
        """``host:port`` of this side, for requests without a Host."""
        return host_and_port(local_address(self._transport))

    @property
    def port(self) -> int:
        """The port of this side; 0 if there is none."""
        found = local_address(self._transport)
        return found[1] if found else 0

    # ---------------------------------------------------------------- reading
    def note_request(self) -> None:
        """Note that the client has sent a whole request."""
        self.has_asked = True
        if self._below is not None:
            self._below.note_request()

    async def read(self) -> bytes:
        """Return all received bytes, at least one; empty at the end."""
        return await self._received.read()

    def hand_over(self, consumer: Callable[[bytes], None]) -> None:
        """Pass received bytes to ``consumer`` from now on, the buffered ones first."""
        self._received.hand_over(consumer)

    def ignore(self) -> None:
        """Discard received bytes from now on."""
        self._received.ignore()

    @property
    def held(self) -> bool:
        """Whether reading is paused."""
        return self._received.held

    def hold(self, why: Hold) -> None:
        """Pause reading for a reason."""
        self._received.hold(why)

    def release(self, why: Hold) -> None:
        """Remove a reason; reading goes on when none is left."""
        self._received.release(why)

    # ---------------------------------------------------------------- writing
    @property
    def closed(self) -> bool:
        """Whether nothing more can be sent."""
        return self._shut or self.lost.is_set() or self._transport is None or self._transport.is_closing()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send without waiting; does nothing once sending is over."""
        if data and not self.closed:
            self._transport.write(data)

    def answer(self, data: bytes) -> None:
        """Send without waiting, but stop reading from the client until it has read what was sent."""
        self.write(data)
        if self.congested:
            self.hold("answers")

    @property
    def congested(self) -> bool:
        """Whether `drain` would wait."""
        return not self._writable.is_set()

    async def drain(self) -> None:
        """Wait until the client has read enough; end the connection if it does not in time."""
        if self._writable.is_set():
            return
        try:
            async with asyncio.timeout(self._limits.send_timeout):
                await self._writable.wait()
        except TimeoutError:
            self.abort()

    async def write_all(self, data: bytes | memoryview) -> None:
        """Send bytes of any size in slices. Waits while the client does not read; stops when the connection ends."""
        view = memoryview(data)
        for start in range(0, len(view), _WRITE_SLICE):
            if self.closed or self._released:
                return
            self.write(view[start : start + _WRITE_SLICE])
            if self.congested:
                await self.drain()
            elif len(view) - start >= _WRITE_SLICE:
                # A client that reads fast must not starve the other connections, nor its own pings.
                await asyncio.sleep(0)

    async def flush(self) -> None:
        """Wait, like `drain`, until all sent bytes have left this process."""
        if not self.closed:
            # Not 0: asyncio's TLS then treats an empty buffer as full.
            self._transport.set_write_buffer_limits(high=1)
            await self.drain()

    def release_writers(self) -> None:
        """End back-pressure: no writer waits for a client that has closed."""
        self._released = True
        self._writable.set()

    # ---------------------------------------------------------------- ending
    async def finish(self, patience: float) -> None:
        """End in good order: send everything and FIN, and wait up to ``patience`` seconds for the client's end."""
        if self._transport is None or self.lost.is_set():
            return
        self.ignore()
        await self.flush()
        try:
            async with asyncio.timeout(patience):
                if self.send_fin():
                    # Closing with unread input sends RST, which discards what the client has not read yet.
                    await self.gone.wait()
                self._close()
                await self.lost.wait()
        except TimeoutError:
            self._transport.abort()

    def send_fin(self) -> bool:
        """Send FIN after all sent bytes; False if the connection has no FIN of its own (TLS), or is over."""
        if self.closed or not self._transport.can_write_eof():
            return False
        self._shut = True
        try:
            self._transport.write_eof()
        except OSError:
            return False
        return True

    async def half_close(self) -> None:
        """Send FIN, and discard what the client sends until it ends its side. Over TLS, end as `leave` does."""
        self.ignore()
        await self.flush()
        if self.send_fin():
            await self.gone.wait()
        self.leave()

    async def end(self, how: How, patience: float) -> None:
        """End with FIN or RST."""
        if how == "reset":
            self.break_off()
        else:
            await self.finish(patience)

    def break_off(self) -> None:
        """Send RST at once."""
        if self._transport is None or self.lost.is_set():
            return
        reset_at_close(self._transport)
        self._transport.abort()

    def leave(self) -> None:
        """End without waiting; sent bytes still go out if the client reads them."""
        if self._transport is None or self.lost.is_set():
            return
        tls = not self._transport.can_write_eof()
        self._close()
        if tls and self._transport.get_write_buffer_size() == 0:
            # asyncio waits for the client's close_notify, which few clients send.
            self._transport.abort()

    def _close(self) -> None:
        # A second close breaks asyncio's TLS transports: their other methods fail then.
        if not self._transport.is_closing():
            self._transport.close()

    def abort(self) -> None:
        """Close the connection at once, without sending what waits."""
        if self._transport is not None:
            self._transport.abort()

    # ---------------------------------------------------------------- TLS on top
    async def start_tls(self, context: ssl.SSLContext) -> TcpConnection:
        """Start TLS; returns the encrypted connection. No byte of the handshake may have been read before.

        Raises:
            ConnectionError: The handshake failed, or took too long.
        """
        if self.closed:
            raise ConnectionError("the client closed the connection before the TLS handshake")
        inner = TcpConnection(self._limits, below=self)
        loop = asyncio.get_running_loop()
        try:
            transport = await loop.start_tls(
                self._transport, inner, context, server_side=True, ssl_handshake_timeout=self._limits.tls_timeout
            )
        except BaseException as error:
            # asyncio closes the connection after a failed handshake, without calling connection_lost.
            self.connection_lost(None)
            if isinstance(error, OSError):
                raise ConnectionError("the client's TLS handshake failed") from error
            raise
        if transport is None:
            raise ConnectionError("the client closed the connection during the TLS handshake")
        # asyncio does not call this itself here; the inner connection may have bytes already.
        inner.connection_made(transport)
        return inner
