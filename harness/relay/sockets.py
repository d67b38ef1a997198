"""One relayed WebSocket: one pump for each direction, so that neither side's slowness stops the other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Final, Literal, Protocol, cast

from fake_server.stage import How, Socket
from harness.cassette.model import Direction
from harness.origins import OriginMap
from harness.record.events import MessageKind
from harness.record.exchange import ExchangeRecorder, Passed
from harness.relay.limits import RelayLimits
from provider.clock import monotonic
from provider.transport.errors import DeadlineError, SocketEndedError, TooLargeError, TransportError
from provider.websocket import Ended, Message, Opcode, encode_close

_KINDS: Final[dict[Opcode, MessageKind]] = {
    Opcode.TEXT: "text",
    Opcode.BINARY: "binary",
    Opcode.PING: "ping",
    Opcode.PONG: "pong",
}
_BATCH_BYTES: Final = 64 * 1024
_BATCH_MESSAGES: Final = 128
"""The first message of a batch waits until the last one is redacted: two milliseconds."""


def _mapped(message: Message, origins: OriginMap) -> Message:
    mapped = origins.message(_KINDS[message.opcode], message.data)
    return Message(message.opcode, mapped.data, mapped.frame_sizes(message.frames)) if mapped.edits else message


class UpstreamSocket(Protocol):
    """An open WebSocket to the service; see `AsyncSocket`. Pings are not answered here, but by the client."""

    def take(self) -> Message | None:
        """The next message if it has arrived and no other task has to run first; else None."""
        ...

    async def receive(self, timeout: float) -> Message:  # noqa: ASYNC109  # as `AsyncSocket` has it
        """The next message, or control frame."""
        ...

    async def send(self, message: Message, timeout: float) -> None:  # noqa: ASYNC109
        """Send one message."""
        ...

    def abort(self) -> None:
        """Close the connection at once."""
        ...


class RelayedSocket:
    """A WebSocket to the service, from its opening until both sides have received its end.

    Args:
        inward: Maps the origins in messages to the client.
        outward: Maps the origins in messages to the service.
        on_end: Called once when the socket has ended.
    """

    def __init__(
        self,
        upstream: UpstreamSocket,
        recorder: ExchangeRecorder,
        limits: RelayLimits,
        *,
        inward: OriginMap,
        outward: OriginMap,
        on_end: Callable[[RelayedSocket], None],
    ) -> None:
        self._upstream = upstream
        self._recorder = recorder
        self._limits = limits
        self._inward = inward
        self._outward = outward
        self._on_end = on_end
        self._over = False
        self._server_ended = self._we_ended = self._client_ended = False
        # A client may leave between the two upgrades; then `run` is never called.
        self._unused = asyncio.get_running_loop().call_later(limits.connect, self._never_used)

    @property
    def is_ending(self) -> bool:
        """Whether one side has ended the socket, and the other side's close may still arrive."""
        return not self._over and not self._we_ended and (self._client_ended or self._server_ended)

    async def run(self, socket: Socket) -> None:
        """Pass messages on in both directions until one side ends the socket; then end it towards the other side."""
        self._unused.cancel()
        if self._over:
            await socket.abort("eof")
            return
        down = asyncio.create_task(self._to_client(socket))
        up = asyncio.create_task(self._to_service(socket))
        try:
            _, pending = await asyncio.wait({down, up}, return_when=asyncio.FIRST_COMPLETED)
            if pending:
                # Whichever side ended first, the other side's close belongs to the recording.
                await asyncio.wait(pending, timeout=self._limits.close)
            for task in {down, up}:
                if task.done():
                    task.result()
        finally:
            for task in (down, up):
                task.cancel()
            await asyncio.gather(down, up, return_exceptions=True)
            self.cut(socket.now())

    def cut(self, at: float) -> None:
        """End the socket as cut by the recorder, unless it has ended. Does not wait."""
        if self._over:
            return
        self._over = self._we_ended = True
        self._unused.cancel()
        if not self._recorder.ended:
            self._recorder.socket_end("!", "cut", at=at)
        self._upstream.abort()
        self._on_end(self)

    def _never_used(self) -> None:
        if not self._over:
            self._recorder.socket_end(">", "eof", at=monotonic())
            self.cut(0.0)

    async def _to_client(self, socket: Socket) -> None:
        while True:
            try:
                message = await self._upstream.receive(self._limits.idle)
            except SocketEndedError as error:
                await self._server_end(socket, error.ended)
                return
            except TransportError as error:
                self._cut_short(socket.now())
                await socket.close(*_complaint(error))
                return
            messages = self._arrived_with(message)
            self._record("<", messages, socket.now())
            await socket.send_all([_mapped(each, self._inward) for each in messages])

    def _arrived_with(self, first: Message) -> list[Message]:
        """The message and the later ones that have arrived, to write all at once to the journal and the client."""
        messages, size = [first], len(first.data)
        while size < _BATCH_BYTES and len(messages) < _BATCH_MESSAGES:
            message = self._upstream.take()
            if message is None:
                break
            messages.append(message)
            size += len(message.data)
        return messages

    async def _server_end(self, socket: Socket, ended: Ended) -> None:
        if self._we_ended:
            return
        self._server_ended = True
        self._record_end("<", ended, socket.now())
        if ended.how == "close":
            await socket.close(ended.code, ended.reason)
        else:
            await socket.abort(cast("How", ended.how))

    async def _to_service(self, socket: Socket) -> None:
        while True:
            got = await socket.receive()
            if isinstance(got, Ended):
                await self._client_end(socket, got)
                return
            if self._server_ended:
                continue
            # As of calls, the recording shows what the service gets: the local origin is another one in each run.
            sent = _mapped(got, self._outward)
            self._record(">", [sent], socket.now())
            try:
                await self._upstream.send(sent, self._limits.send)
            except DeadlineError as error:
                self._cut_short(socket.now())
                await socket.close(*_complaint(error))
                return
            except TransportError:
                continue  # the other pump records how it ended

    async def _client_end(self, socket: Socket, ended: Ended) -> None:
        # After the service's end only a close frame is the client's own act; FIN and RST may be the local server's.
        if not self._we_ended and (not self._server_ended or ended.how == "close"):
            self._record_end(">", ended, socket.now())
        if self._server_ended or self._we_ended:
            return
        self._client_ended = True
        if ended.how == "close":
            # The other pump goes on until the service has sent its close frame.
            payload = encode_close(ended.code, ended.reason)
            try:
                await self._upstream.send(Message(Opcode.CLOSE, payload), self._limits.close)
            except TransportError:
                return
        else:
            self._we_ended = True
            self._upstream.abort()

    def _cut_short(self, at: float) -> None:
        self._we_ended = True
        if not self._recorder.ended:
            self._recorder.socket_end("!", "cut", at=at)

    def _record(self, direction: Literal["<", ">"], messages: Iterable[Message], at: float) -> None:
        passed: list[Passed] = [(_KINDS[each.opcode], each.data, each.frames) for each in messages]
        self._recorder.messages(direction, passed, at=at)

    def _record_end(self, direction: Direction, ended: Ended, at: float) -> None:
        how = cast('Literal["close", "eof", "reset"]', ended.how)
        self._recorder.socket_end(direction, how, at=at, code=ended.code, reason=ended.reason)


def _complaint(error: TransportError) -> tuple[int, str]:
    """Code and reason of the close frame that the client gets when the connection to the service has failed."""
    if isinstance(error, TooLargeError):
        return 1009, "wiretape: the service's message is too large"
    if isinstance(error, DeadlineError):
        return 1001, "wiretape: the service is silent"
    return 1002, "wiretape: the service broke the protocol"
