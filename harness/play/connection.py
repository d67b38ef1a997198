"""The connections of a played client: `Receiver` sends one exchange's request, and reads what the service sends."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from typing import Final, Literal, cast

from harness.cassette.model import Call, Line
from harness.framing.event_streams import StreamUnit
from harness.play.client_values import ClientValues
from harness.play.event_blocks import EventBlocks
from harness.play.event_names import event_name
from harness.play.observed import ObservedExchange
from harness.play.outgoing import OutgoingRequest
from harness.play.script import BODY, END, HEAD
from harness.play.session_values import SessionValues
from harness.profile import ServiceProfile
from harness.relay.intake import Answered
from harness.relay.upgrade import PlainResponse, PlainSocket, open_socket
from harness.relay.upgrade_connections import LINGER, OpenConnections, UpgradeRequest
from harness.replay.socket_reading import SocketReading
from provider.transport.async_transport import AsyncTransport
from provider.transport.errors import (
    BrokenConnectionError,
    ConnectError,
    DeadlineError,
    ProtocolError,
    SocketEndedError,
    TooLargeError,
    TransportError,
)
from provider.transport.types import Request, Settings
from provider.websocket import Message, Opcode, encode_close, header

_SENDING: Final = 10.0
"""Seconds for the service to accept a message."""
_FAILURES: Final[Mapping[type[TransportError], str]] = {
    BrokenConnectionError: "the connection broke",
    ConnectError: "the service does not accept a connection",
    DeadlineError: "it took too long",
    ProtocolError: "the service broke the protocol",
    SocketEndedError: "the socket ended at once",
    TooLargeError: "it is too large",
}
"""Without the error's own text, which may quote a URL."""
_OPCODES: Final = {"text": Opcode.TEXT, "binary": Opcode.BINARY}


class ClientConnections:
    """The connections of one client: no cookies are kept, and no proxy is used for this machine.

    Args:
        verify: As `Settings.verify`.
        limit: Seconds for a whole response.
        is_local: Whether the service is on this machine.
    """

    def __init__(self, verify: bool | str, limit: float, *, is_local: bool) -> None:  # noqa: FBT001  # as in `Settings`
        self._settings = Settings(
            impersonate=None,
            verify=verify,
            keep_cookies=False,
            default_headers=False,
            answer_pings=False,
            trust_environment=not is_local,
        )
        self._transport = AsyncTransport(self._settings)
        self._limit = limit
        self._upgrades = OpenConnections()

    async def call(self, request: OutgoingRequest) -> Answered:
        """Send a call; returns when the head of the response has come. Raises `TransportError`."""
        call = Request(method=request.method, url=request.url, headers=request.headers, body=request.body)
        return await self._transport.stream(call, timeout=self._limit)

    async def open(self, request: OutgoingRequest) -> PlainSocket | PlainResponse:
        """Open a WebSocket, or return the response that refuses it. Raises `TransportError`."""
        opening = UpgradeRequest(
            url=request.url,
            target=request.target,
            headers=request.upgrade_headers(),
            timeout=self._settings.connect_timeout,
        )
        return await open_socket(opening, self._settings, self._upgrades)

    async def close(self) -> None:
        """Close all connections; what was sent on sockets gets a short time to be flushed."""
        await self._transport.close()
        await self._upgrades.close(LINGER)


class Receiver:
    """Sends the request of one exchange to the live service, and reads what the service sends in it.

    Args:
        observed: Gets what the service sends.
        client: The values that the client sends later.
        values: Learn what the service issues.
        profile: Names events.
        now: Microseconds since the session began.
        changed: Set whenever the service has sent something, or the exchange has ended.
    """

    def __init__(
        self,
        observed: ObservedExchange,
        client: ClientValues,
        values: SessionValues,
        profile: ServiceProfile,
        now: Callable[[], int],
        changed: asyncio.Event,
    ) -> None:
        self._observed = observed
        self._client = client
        self._values = values
        self._profile = profile
        self._look = SocketReading.of(profile).look(observed.scripted.exchange.target)
        self._now = now
        self._changed = changed
        self._socket: PlainSocket | None = None
        self._task: asyncio.Task[None] | None = None
        self._closed = False

    async def run(self, request: OutgoingRequest, connections: ClientConnections) -> None:
        """Send the request, and read until the exchange ends; a failure is noted in the observation."""
        self._task = asyncio.current_task()
        observed = self._observed
        try:
            if request.is_socket:
                await self._run_socket(request, connections)
            else:
                await self._read(await connections.call(request))
        except TransportError as error:
            observed.failure = _FAILURES.get(type(error), "the transport failed")
        finally:
            observed.is_done = observed.progress.ended = True
            self._changed.set()

    # ------------------------------------------------------------ calls
    async def _read(self, response: Answered) -> None:
        self._head(response)
        observed = self._observed
        recorded = observed.scripted.exchange.response
        streams = isinstance(observed.scripted.exchange, Call) and recorded is not None and recorded.stream is not None
        blocks = EventBlocks(header(response.headers, "content-type") or "") if streams else None
        try:
            async for piece in response.chunks():
                observed.pieces.append((self._now(), piece))
                self._events([] if blocks is None else blocks.feed(piece))
            self._events([] if blocks is None else blocks.finish())
        finally:
            with contextlib.suppress(TransportError):
                await response.aclose()
        self._came(BODY, b"" if streams else observed.body)

    def _events(self, events: list[StreamUnit]) -> None:
        for event in events:
            self._came(event_name("text", event.data, self._profile, event.name), event.data)

    def _head(self, response: Answered | PlainSocket) -> None:
        observed = self._observed
        observed.status, observed.headers, observed.after = response.status, response.headers, self._now()
        recorded = observed.scripted.exchange
        if recorded.response is not None:
            at = recorded.at + recorded.response.after
            self._values.learn_headers(recorded.response.headers, response.headers, at)
        self._came(HEAD, b"")

    def _came(self, name: str, data: bytes) -> None:
        observed = self._observed
        number = observed.progress.receive(name, observed.limit, data)
        if number is not None and data:
            recorded = observed.scripted.expected[number]
            relevant = self._client.relevant((observed.scripted.number, number), recorded.data, recorded.at)
            self._values.learn(relevant, data, recorded.at)
        self._changed.set()

    # ------------------------------------------------------------ sockets
    async def _run_socket(self, request: OutgoingRequest, connections: ClientConnections) -> None:
        opened = await connections.open(request)
        if isinstance(opened, PlainResponse):
            await self._read(opened)
            return
        self._socket = opened
        try:
            self._head(opened)
            await self._receive_all(opened)
        finally:
            opened.abort()

    async def _receive_all(self, socket: PlainSocket) -> None:
        while True:
            message = socket.take()
            try:
                message = await socket.receive(3600.0) if message is None else message
            except SocketEndedError as error:
                ended = error.ended
                how = cast('Literal["close", "eof", "reset"]', ended.how)
                self._note(Line("<", self._now(), how, ended.reason.encode()[:123], ended.code))
                self._came(END, b"")
                return
            await self._take(socket, message)

    async def _take(self, socket: PlainSocket, message: Message) -> None:
        if message.opcode is Opcode.PING:
            await socket.send(Message(Opcode.PONG, message.data), _SENDING)
        if message.opcode not in {Opcode.TEXT, Opcode.BINARY}:
            return
        kind = "text" if message.opcode is Opcode.TEXT else "binary"
        self._note(Line("<", self._now(), kind, message.data, frames=message.frames))
        reply = self._observed.scripted.replies.get(message.data)
        if reply is not None:
            await self.send(reply, reply.data)
            return
        if self._look.form(kind, message.data) is None:  # a timer's messages count for nothing
            numbers = self._observed.scripted.numbers
            self._came(event_name(kind, message.data, self._profile, numbers=numbers), message.data)

    async def send(self, line: Line, data: bytes) -> None:
        """Send a message, if the socket is open.

        Args:
            line: The recorded message.
            data: Its payload in this session.

        Raises:
            TransportError: The socket has ended.
        """
        if self._socket is None or self._observed.is_done or self._closed:
            return
        frames = line.frames if sum(line.frames) == len(data) else ()
        self._note(Line(">", self._now(), line.kind, data, frames=frames))
        await self._socket.send(Message(_OPCODES[line.kind], data, frames), _SENDING)

    async def close(self, line: Line) -> None:
        """Send a close frame, if the socket is open; the service's own close frame ends the exchange."""
        if self._socket is None or self._observed.is_done or self._closed:
            return
        self._closed = True
        self._note(Line(">", self._now(), "close", line.data, line.code))
        payload = encode_close(line.code, line.data.decode("utf-8", "replace"))
        with contextlib.suppress(TransportError):
            await self._socket.send(Message(Opcode.CLOSE, payload), _SENDING)

    def abort(self) -> None:
        """End the exchange without a close frame, as a client does that goes away."""
        if self._socket is not None:
            self._socket.abort()
            if not self._observed.is_done and not self._closed:
                self._note(Line(">", self._now(), "eof"))
        if self._task is not None:
            self._task.cancel()

    def _note(self, line: Line) -> None:
        self._observed.lines.append(line)
