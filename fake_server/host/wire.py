"""One TCP (or TLS) connection: received bytes, back-pressure both ways, and every way to end it."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import Callable
from typing import Any, Final

from fake_server.stage import How

_READ_AHEAD: Final = 1024 * 1024
_WRITE_SLICE: Final = 256 * 1024


class Wire(asyncio.Protocol):
    """What asyncio tells about a connection, as something to await.

    Attributes:
        gone: Set when the other side has ended the connection, or it broke.
        reset: Whether it broke rather than ended.
    """

    def __init__(self, on_made: Callable[[Wire], None] | None = None) -> None:
        self.gone = asyncio.Event()
        self.reset = False
        self._on_made = on_made
        self._transport: Any = None
        self._chunks: list[bytes] = []
        self._size = 0
        self._arrived = asyncio.Event()
        self._writable = asyncio.Event()
        self._writable.set()
        self._lost = asyncio.Event()
        self._consumer: Callable[[bytes], None] | None = None
        self._reading = True

    # ---------------------------------------------------------------- what asyncio calls
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection is there."""
        self._transport = transport
        raw = transport.get_extra_info("socket")
        if raw is not None and raw.family in (socket.AF_INET, socket.AF_INET6):
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._on_made is not None:
            self._on_made(self)

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        if self._consumer is not None:
            self._consumer(data)
            return
        self._chunks.append(data)
        self._size += len(data)
        if self._size > _READ_AHEAD:
            self.pause()
        self._arrived.set()

    def eof_received(self) -> bool:
        """The client sent its FIN; the connection stays open for what we still send."""
        self.gone.set()
        self._arrived.set()
        return self._transport is not None and self._transport.can_write_eof()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is over."""
        self.reset = isinstance(exc, OSError) and not isinstance(exc, ssl.SSLError)
        self.gone.set()
        self._lost.set()
        self._arrived.set()
        self._writable.set()

    def pause_writing(self) -> None:
        """The client does not read fast enough."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """It does again."""
        self._writable.set()

    # ---------------------------------------------------------------- reading
    async def read(self) -> bytes:
        """What has arrived; waits for something; empty at the end."""
        while not self._chunks:
            if self.gone.is_set():
                return b""
            self._arrived.clear()
            await self._arrived.wait()
        data = b"".join(self._chunks)
        self._chunks.clear()
        self._size = 0
        self.resume()
        return data

    def hand_over(self, consumer: Callable[[bytes], None]) -> None:
        """From now on received bytes go to ``consumer`` as they come, those that wait first."""
        waiting = b"".join(self._chunks)
        self._chunks.clear()
        self._size = 0
        self._consumer = consumer
        if waiting:
            consumer(waiting)
        self.resume()

    def pause(self) -> None:
        """Read no more for now."""
        if self._reading and not self._lost.is_set():
            self._reading = False
            self._transport.pause_reading()

    def resume(self) -> None:
        """Read again."""
        if not self._reading and not self._lost.is_set():
            self._reading = True
            self._transport.resume_reading()

    # ---------------------------------------------------------------- writing
    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send, without waiting; nothing happens when the connection is over."""
        if not self._lost.is_set() and not self._transport.is_closing():
            self._transport.write(data)

    @property
    def congested(self) -> bool:
        """Whether `drain` would wait."""
        return not self._writable.is_set()

    async def drain(self) -> None:
        """Wait until the client has read enough of what was sent."""
        if not self._writable.is_set():
            await self._writable.wait()

    async def write_all(self, data: bytes | memoryview) -> None:
        """Send any amount, in large slices with back-pressure."""
        view = memoryview(data)
        for start in range(0, len(view), _WRITE_SLICE):
            if self._lost.is_set():
                return
            self.write(view[start : start + _WRITE_SLICE])
            await self.drain()

    # ---------------------------------------------------------------- ending
    async def finish(self, patience: float) -> None:
        """End properly: everything sent, FIN, and a bounded wait for the client to read it and end its side."""
        if self._transport is None or self._lost.is_set():
            return
        self._consumer = _ignore
        self.resume()
        try:
            async with asyncio.timeout(patience):
                await self.drain()
                if self._transport.can_write_eof() and not self._transport.is_closing():
                    self._transport.write_eof()
                    # Closing with unread bytes would be a reset, which takes what the client has not read yet.
                    await self.gone.wait()
        except TimeoutError:
            pass
        except OSError:
            pass
        if not self._transport.is_closing():
            self._transport.close()
        try:
            async with asyncio.timeout(patience):
                await self._lost.wait()
        except TimeoutError:
            self._transport.abort()

    async def end(self, how: How, patience: float) -> None:
        """End as told: FIN or RST."""
        if how == "reset":
            self.break_off()
        else:
            await self.finish(patience)

    def break_off(self) -> None:
        """RST at once."""
        if self._transport is None or self._lost.is_set():
            return
        raw = self._transport.get_extra_info("socket")
        if raw is not None:
            try:
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            except OSError:
                pass
        self._transport.abort()

    def abort(self) -> None:
        """End at once, in whatever way."""
        if self._transport is not None:
            self._transport.abort()

    # ---------------------------------------------------------------- TLS on top
    async def start_tls(self, context: ssl.SSLContext, patience: float) -> Wire:
        """A fresh wire on this connection, encrypted.

        Raises:
            OSError: The handshake failed.
        """
        inner = Wire()
        loop = asyncio.get_running_loop()
        try:
            transport = await loop.start_tls(
                self._transport, inner, context, server_side=True, ssl_handshake_timeout=patience
            )
        except (ssl.SSLError, ConnectionError) as error:
            raise ConnectionError("the TLS handshake failed") from error
        assert transport is not None
        inner.connection_made(transport)
        return inner


def _ignore(_: bytes) -> None:
    pass
