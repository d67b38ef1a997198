"""Opens a WebSocket with exactly the client's request: its header fields in its order, and nothing added.

libcurl, which imitates a browser's connection, hides the body of a refused upgrade. Where no imitation is wanted, this
module sends the upgrade itself, so that the client receives a refusal with its status, headers and body.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from typing import Final

import h11

from harness.relay.frames import FrameReader, masked
from harness.relay.streams import open_streams
from harness.relay.upgrade_connections import READ, OpenConnections, UpgradeConnection, UpgradeRequest, headers_of
from provider.transport.errors import (
    BrokenConnectionError,
    DeadlineError,
    ProtocolError,
    SocketEndedError,
    TransportError,
)
from provider.transport.handshake import accept_for
from provider.transport.response import OnInterim
from provider.transport.types import Settings
from provider.websocket import Ended, Headers, Message, Opcode, decode_close, header

_FAIRNESS: Final = 256
"""Messages returned in a row before other tasks may run."""


class PlainResponse:
    """A response other than 101, whose body follows on the same connection. See `AsyncStreamedResponse`."""

    def __init__(self, connection: UpgradeConnection, head: h11.Response) -> None:
        self.status = head.status_code
        self.reason = head.reason.decode("latin-1")
        self.headers = headers_of(head)
        self.trailers: Headers = ()
        self._connection = connection

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body, piece by piece, as it arrives.

        Raises:
            BrokenConnectionError: The connection ended before the body did.
        """
        while True:
            event = await self._connection.next_event()
            if isinstance(event, h11.Data):
                yield bytes(event.data)
            else:
                if isinstance(event, h11.EndOfMessage):
                    self.trailers = headers_of(event)
                return

    async def aclose(self) -> None:
        """Close the connection."""
        self._connection.close()


class PlainSocket:
    """An open WebSocket. `receive` returns pings, which the caller replies to; this class replies to close frames.

    Attributes:
        status: 101.
        headers: Of the 101 response.
    """

    def __init__(self, connection: UpgradeConnection, head: h11.InformationalResponse, longest: int) -> None:
        self.status = head.status_code
        self.headers = headers_of(head)
        self._connection = connection
        self._frames = FrameReader(longest)
        self._messages: deque[Message] = deque()
        self._failure: TransportError | None = None
        self._closing = False
        self._in_a_row = 0
        self._feed(connection.rest())

    def take(self) -> Message | None:
        """The next message if it has arrived and no other task has to run first; else None."""
        if not self._messages or self._in_a_row >= _FAIRNESS:
            return None
        self._in_a_row += 1
        return self._messages.popleft()

    async def receive(self, timeout: float) -> Message:  # noqa: ASYNC109  # as `AsyncSocket.receive`
        """The next message or control frame; raises as `AsyncSocket.receive`."""
        self._in_a_row += 1
        if self._in_a_row >= _FAIRNESS:
            self._in_a_row = 0
            await asyncio.sleep(0)
        while not self._messages:
            if self._failure is not None:
                raise self._failure.with_traceback(None)
            self._in_a_row = 0
            try:
                async with asyncio.timeout(timeout):
                    data = await self._connection.reader.read(READ)
            except TimeoutError:
                raise DeadlineError(f"the service sent no message within {timeout:g} s") from None
            except OSError:
                self._failure = SocketEndedError(Ended("reset"))
                continue
            if data:
                self._feed(data)
            else:
                self._failure = SocketEndedError(Ended("eof"))
        return self._messages.popleft()

    async def send(self, message: Message, timeout: float) -> None:  # noqa: ASYNC109
        """Send one message, in the frame sizes that it names; raises as `AsyncSocket.send`."""
        if self._failure is not None:
            raise self._failure.with_traceback(None)
        if message.opcode is Opcode.CLOSE:
            self._closing = True
        self._connection.write(masked(message))
        try:
            async with asyncio.timeout(timeout):
                await self._connection.writer.drain()
        except TimeoutError:
            raise DeadlineError(f"the message to the service was not sent within {timeout:g} s") from None
        except OSError as error:
            raise SocketEndedError(Ended("reset")) from error

    def abort(self) -> None:
        """Close the connection once the sent bytes are flushed, without waiting. Idempotent."""
        if self._failure is None:
            self._failure = SocketEndedError(Ended("eof"))
        self._connection.close()

    def _feed(self, data: bytes) -> None:
        try:
            for message in self._frames.feed(data):
                if message.opcode is Opcode.CLOSE:
                    self._close(message.data)
                    return
                self._messages.append(message)
        except TransportError as error:
            self._failure = error

    def _close(self, payload: bytes) -> None:
        self._failure = SocketEndedError(decode_close(payload))
        if not self._closing:
            self._closing = True
            self._connection.write(masked(Message(Opcode.CLOSE, payload[:2])))


async def open_socket(
    opening: UpgradeRequest, settings: Settings, connections: OpenConnections, on_interim: OnInterim | None = None
) -> PlainSocket | PlainResponse:
    """Request an upgrade, and return the open socket or the response that refused it.

    Args:
        opening: The request.
        settings: How to connect.
        connections: Gets the connection.
        on_interim: Called with the status and headers of each interim response.

    Raises:
        ConnectError: The connection could not be opened.
        DeadlineError: No response arrived in time.
        BrokenConnectionError: The connection ended without a response.
        ProtocolError: The Sec-WebSocket-Accept of the 101 does not match the client's key.
    """
    try:
        async with asyncio.timeout(opening.timeout):
            connection = UpgradeConnection(*await open_streams(opening.url, settings), connections)
            try:
                return await _ask(connection, opening, settings, on_interim)
            except BaseException:
                connection.close()
                raise
    except TimeoutError:
        raise DeadlineError(
            f"the service sent no response to the WebSocket upgrade within {opening.timeout:g} s"
        ) from None


async def _ask(
    connection: UpgradeConnection, opening: UpgradeRequest, settings: Settings, on_interim: OnInterim | None
) -> PlainSocket | PlainResponse:
    connection.ask(opening)
    while True:
        event = await connection.next_event()
        if isinstance(event, h11.Response):
            return PlainResponse(connection, event)
        if not isinstance(event, h11.InformationalResponse):
            raise BrokenConnectionError("the service closed the connection without a response to the upgrade")
        if event.status_code == 101:
            if header(headers_of(event), "sec-websocket-accept") != accept_for(_key(opening.headers)):
                raise ProtocolError("the service's response to the WebSocket upgrade has a wrong Sec-WebSocket-Accept")
            return PlainSocket(connection, event, settings.max_message_bytes)
        if on_interim is not None:
            on_interim(event.status_code, headers_of(event))


def _key(headers: Headers) -> str:
    return next((value.strip() for name, value in headers if name.lower() == "sec-websocket-key"), "")
