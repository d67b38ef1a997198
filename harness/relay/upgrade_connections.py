"""`UpgradeConnection`: the HTTP/1.1 connection of an upgrade. `OpenConnections`: those that are not closed yet."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import Final

import h11

from provider.transport.errors import BrokenConnectionError, TransportError
from provider.websocket import Headers

READ: Final = 256 * 1024
"""Bytes of one read."""
_HEAD: Final = 128 * 1024
LINGER: Final = 2.0
"""Seconds to flush the last bytes to the service before the connection is aborted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpgradeRequest:
    """An upgrade request.

    Attributes:
        url: ``ws://`` or ``wss://``.
        target: Of the request line, byte for byte.
        headers: All headers, including ``Host`` and those of the handshake.
        timeout: Seconds for the connection and the head of the response.
    """

    url: str
    target: str
    headers: Headers
    timeout: float


class OpenConnections:
    """The connections of upgrades that are not closed yet; their owner calls `close` before its event loop ends.

    A connection left open would never be closed, such as one over TLS whose service does not close its side.
    """

    def __init__(self) -> None:
        self._connections: set[UpgradeConnection] = set()

    def add(self, connection: UpgradeConnection) -> None:
        """Keep a connection until it is closed."""
        self._connections.add(connection)

    def discard(self, connection: UpgradeConnection) -> None:
        """Forget a connection: it is closed."""
        self._connections.discard(connection)

    async def close(self, patience: float) -> None:
        """Close all connections, and wait until they are closed.

        Args:
            patience: Seconds to flush what was sent; then the connections are aborted.
        """
        connections = tuple(self._connections)
        for connection in connections:
            connection.close()
        # A timeout would cancel the future that all who wait for the connection's end share.
        endings = [asyncio.ensure_future(connection.wait_closed()) for connection in connections]
        if endings:
            await asyncio.wait(endings, timeout=patience)
        for connection in connections:
            connection.abort()
        await asyncio.gather(*endings)


class UpgradeConnection:
    """An HTTP/1.1 connection. It must not be used after `close`."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, connections: OpenConnections
    ) -> None:
        self.reader = reader
        self.writer = writer
        self._connections = connections
        connections.add(self)
        self._h11 = h11.Connection(h11.CLIENT, max_incomplete_event_size=_HEAD)
        self._is_closed = False

    def ask(self, opening: UpgradeRequest) -> None:
        """Send the request."""
        fields = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in opening.headers]
        try:
            request = h11.Request(method=b"GET", target=opening.target.encode("latin-1"), headers=fields)
            data = (self._h11.send(request) or b"") + (self._h11.send(h11.EndOfMessage()) or b"")
        except h11.LocalProtocolError as error:
            raise TransportError(f"The upgrade cannot be sent: {error}") from None
        self.write(data)

    async def next_event(self) -> h11.Event | type[h11.PAUSED]:
        """The next event of the response.

        Raises:
            BrokenConnectionError: The connection ended before the response did, or the response is not valid HTTP.
        """
        while True:
            try:
                event = self._h11.next_event()
                if event is not h11.NEED_DATA:
                    return event  # pyright: ignore[reportReturnType]  # NEED_DATA is the only other type
                self._h11.receive_data(await self.reader.read(READ))
            except (OSError, h11.RemoteProtocolError) as error:
                raise BrokenConnectionError(
                    "the connection to the service broke, or its response to the upgrade is malformed"
                ) from error

    def rest(self) -> bytes:
        """The bytes that arrived after the 101 response: the first WebSocket frames."""
        return self._h11.trailing_data[0]

    def write(self, data: bytes) -> None:
        """Send bytes, without waiting."""
        if not self.writer.transport.is_closing():
            self.writer.write(data)

    def close(self) -> None:
        """Close the connection; sent bytes get a short time to be flushed."""
        if self._is_closed:
            return
        self._is_closed = True
        # A second close breaks asyncio's TLS transports: their other methods fail then.
        if not self.writer.transport.is_closing():
            self.writer.transport.close()
        # Also where the service's side began to close it: `wait_closed` relies on this limit.
        asyncio.get_running_loop().call_later(LINGER, self.abort)

    def abort(self) -> None:
        """End the connection at once; what was not sent is lost."""
        self.writer.transport.abort()
        self._connections.discard(self)

    async def wait_closed(self) -> None:
        """Wait until the connection is closed, after `close`; it takes at most the time to be flushed."""
        with contextlib.suppress(OSError):
            await self.writer.wait_closed()


def headers_of(event: h11.Response | h11.InformationalResponse | h11.EndOfMessage) -> Headers:
    """The headers of an event, names in lower case."""
    return tuple((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in event.headers)
