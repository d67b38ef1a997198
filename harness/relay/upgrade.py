"""Opens a WebSocket with exactly the client's request: its header fields in its order, and nothing added.

libcurl, which imitates a browser's connection, hides the body of a refused upgrade. Where no imitation is wanted, this
module sends the upgrade itself, so that the client receives a refusal with its status, headers and body.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

import h11

from harness.relay.frames import FrameReader, masked
from harness.relay.streams import open_streams
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

_READ: Final = 256 * 1024
_HEAD: Final = 128 * 1024
_LINGER: Final = 2.0
"""Seconds to flush the last bytes to the service before the connection is aborted."""
_FAIRNESS: Final = 256
"""Messages returned in a row before other tasks may run."""


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


class PlainResponse:
    """A response other than 101, whose body follows on the same connection. See `AsyncStreamedResponse`."""

    def __init__(self, wire: _Wire, head: h11.Response) -> None:
        self.status = head.status_code
        self.reason = head.reason.decode("latin-1")
        self.headers = _headers(head)
        self.trailers: Headers = ()
        self._wire = wire

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body, piece by piece, as it arrives.

        Raises:
            BrokenConnectionError: The connection ended before the body did.
        """
        while True:
            event = await self._wire.next_event()
            if isinstance(event, h11.Data):
                yield bytes(event.data)
            else:
                if isinstance(event, h11.EndOfMessage):
                    self.trailers = _headers(event)
                return

    async def aclose(self) -> None:
        """Close the connection."""
        self._wire.close()

    async def close_and_wait(self) -> None:
        """Close the connection, and wait until it is closed."""
        self._wire.close()
        await self._wire.wait_closed()


class PlainSocket:
    """An open WebSocket. `receive` returns pings, which the caller replies to; this class replies to close frames.

    Attributes:
        status: 101.
        headers: Of the 101 response.
    """

    def __init__(self, wire: _Wire, head: h11.InformationalResponse, longest: int) -> None:
        self.status = head.status_code
        self.headers = _headers(head)
        self._wire = wire
        self._frames = FrameReader(longest)
        self._messages: deque[Message] = deque()
        self._failure: TransportError | None = None
        self._closing = False
        self._in_a_row = 0
        self._feed(wire.rest())

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
                    data = await self._wire.reader.read(_READ)
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
        self._wire.write(masked(message))
        try:
            async with asyncio.timeout(timeout):
                await self._wire.writer.drain()
        except TimeoutError:
            raise DeadlineError(f"the message to the service was not sent within {timeout:g} s") from None
        except OSError as error:
            raise SocketEndedError(Ended("reset")) from error

    def abort(self) -> None:
        """Close the connection once the sent bytes are flushed, without waiting. Idempotent."""
        if self._failure is None:
            self._failure = SocketEndedError(Ended("eof"))
        self._wire.close()

    async def close_and_wait(self) -> None:
        """Close the connection as `abort` does, and wait until it is closed."""
        self.abort()
        await self._wire.wait_closed()

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
            self._wire.write(masked(Message(Opcode.CLOSE, payload[:2])))


class _Wire:
    """An HTTP/1.1 connection. It must not be used after `close`."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
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
                self._h11.receive_data(await self.reader.read(_READ))
            except (OSError, h11.RemoteProtocolError) as error:
                raise BrokenConnectionError(
                    "the connection to the service broke, or its response to the upgrade is malformed"
                ) from error

    def rest(self) -> bytes:
        """The bytes that arrived behind the 101 response."""
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
        transport = self.writer.transport
        transport.close()
        # Also where the service's side began to close it: `wait_closed` relies on this limit.
        asyncio.get_running_loop().call_later(_LINGER, transport.abort)

    async def wait_closed(self) -> None:
        """Wait until the connection is closed, after `close`; it takes at most the time to be flushed."""
        with contextlib.suppress(OSError):
            await self.writer.wait_closed()


async def open_socket(
    opening: UpgradeRequest, settings: Settings, on_interim: OnInterim | None = None
) -> PlainSocket | PlainResponse:
    """Request an upgrade, and return the open socket or the response that refused it.

    Raises:
        ConnectError: The connection could not be opened.
        DeadlineError: No response arrived in time.
        BrokenConnectionError: The connection ended without a response.
        ProtocolError: The Sec-WebSocket-Accept of the 101 does not match the client's key.
    """
    try:
        async with asyncio.timeout(opening.timeout):
            wire = _Wire(*await open_streams(opening.url, settings))
            try:
                return await _ask(wire, opening, settings, on_interim)
            except BaseException:
                wire.close()
                raise
    except TimeoutError:
        raise DeadlineError(
            f"the service sent no response to the WebSocket upgrade within {opening.timeout:g} s"
        ) from None


async def _ask(
    wire: _Wire, opening: UpgradeRequest, settings: Settings, on_interim: OnInterim | None
) -> PlainSocket | PlainResponse:
    wire.ask(opening)
    while True:
        event = await wire.next_event()
        if isinstance(event, h11.Response):
            return PlainResponse(wire, event)
        if not isinstance(event, h11.InformationalResponse):
            raise BrokenConnectionError("the service closed the connection without a response to the upgrade")
        if event.status_code == 101:
            if header(_headers(event), "sec-websocket-accept") != accept_for(_key(opening.headers)):
                raise ProtocolError("the service's response to the WebSocket upgrade has a wrong Sec-WebSocket-Accept")
            return PlainSocket(wire, event, settings.max_message_bytes)
        if on_interim is not None:
            on_interim(event.status_code, _headers(event))


def _key(headers: Headers) -> str:
    return next((value.strip() for name, value in headers if name.lower() == "sec-websocket-key"), "")


def _headers(event: h11.Response | h11.InformationalResponse | h11.EndOfMessage) -> Headers:
    return tuple((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in event.headers)
