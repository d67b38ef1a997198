"""The received bytes of a connection, with back-pressure towards the client."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Literal, TypeAlias

from fake_server.host.flag import Flag

_READ_AHEAD: Final = 1024 * 1024
Hold: TypeAlias = Literal["tls", "ahead", "queue", "answers"]
"""A reason not to read: a TLS handshake, a full buffer, a full queue of messages, or unread pongs."""


class ReceiveBuffer:
    """Received bytes in order, for one reader: `read`, or the consumer of `hand_over`.

    Args:
        holds: Reasons not to read from the start.
    """

    def __init__(self, *holds: Hold) -> None:
        self._transport: Any = None
        self._chunks: list[bytes] = []
        self._size = 0
        self._arrived = Flag()
        self._over = False
        self._consumer: Callable[[bytes], None] | None = None
        self._holds: set[Hold] = set(holds)

    def open(self, transport: Any) -> None:
        """Set the asyncio transport that the bytes come from, so that `hold` can pause its reading."""
        self._transport = transport
        if self._holds:
            transport.pause_reading()

    def feed(self, data: bytes) -> None:
        """Add received bytes."""
        if self._consumer is not None:
            self._consumer(data)
            return
        self._chunks.append(data)
        self._size += len(data)
        if self._size > _READ_AHEAD:
            self.hold("ahead")
        self._arrived.set()

    def end(self) -> None:
        """Note that the client will send no more bytes."""
        self._over = True
        self._arrived.set()

    def close(self) -> None:
        """Note the end of the connection, and drop the transport."""
        self._transport = None
        self.end()

    async def read(self) -> bytes:
        """Wait until there are received bytes, and return all of them; empty once the client sends no more."""
        while not self._chunks:
            if self._over:
                return b""
            self._arrived.clear()
            await self._arrived.wait()
        return self._take()

    def _take(self) -> bytes:
        data = b"".join(self._chunks)
        self._chunks.clear()
        self._size = 0
        self.release("ahead")
        return data

    def hand_over(self, consumer: Callable[[bytes], None]) -> None:
        """Pass bytes to ``consumer`` from now on, the buffered ones first."""
        waiting = self._take()
        self._consumer = consumer
        if waiting:
            consumer(waiting)

    def ignore(self) -> None:
        """Discard bytes from now on."""
        self._holds.clear()
        self._consumer = _ignore
        self._take()
        self._resume()

    @property
    def held(self) -> bool:
        """Whether reading is paused."""
        return bool(self._holds)

    def hold(self, why: Hold) -> None:
        """Pause reading for a reason."""
        self._holds.add(why)
        if self._transport is not None:
            self._transport.pause_reading()

    def release(self, why: Hold) -> None:
        """Remove a reason; reading goes on when none is left."""
        if why in self._holds:
            self._holds.remove(why)
            self._resume()

    def _resume(self) -> None:
        if not self._holds and self._transport is not None:
            self._transport.resume_reading()


def _ignore(_: bytes) -> None:
    pass
