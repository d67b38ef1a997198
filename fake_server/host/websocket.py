"""`HostSocket`: the `fake_server.stage.Socket` of an accepted upgrade, over websockets' sans-I/O protocol."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from websockets.frames import Frame
from websockets.frames import Opcode as FrameOpcode

from fake_server.host.flag import Flag
from fake_server.host.frames import Outgoing, encode_frame
from fake_server.host.incoming import Incoming, RefusedMessageError
from fake_server.host.keepalive import IDLE, Heartbeat, Keepalive
from fake_server.host.limits import Limits
from fake_server.host.protocol import HostProtocol
from fake_server.host.tcp import TcpConnection
from fake_server.stage import How
from provider import clock
from provider.websocket import Ended, Message, Opcode, decode_close, encode_close

_MESSAGE_OVERHEAD: Final = 128
_SENDS_IN_A_ROW: Final = 256
_GOING_AWAY: Final = 1001


@dataclass(frozen=True, slots=True, kw_only=True)
class SocketSettings:
    """Settings of one socket.

    Attributes:
        linger: Seconds between the last message and the server's close frame.
        check_text: Whether text that is not UTF-8 closes the socket.
        keepalive: Pings and the idle timeout.
        answer_pings: Whether the host answers the client's pings.
        answer_close: Whether the host answers the client's close frame at once.
    """

    linger: float = 0.0
    check_text: bool = False
    keepalive: Keepalive = field(default_factory=Keepalive)
    answer_pings: bool = True
    answer_close: bool = True


class HostSocket:
    """One open WebSocket. It reads frames as they arrive, so that pongs and ends do not wait for the stage."""

    def __init__(self, tcp: TcpConnection, limits: Limits, early: bytes, settings: SocketSettings) -> None:
        self._tcp = tcp
        self._limits = limits
        self._linger = settings.linger
        self._protocol = HostProtocol(limits.message_bytes, answer_pings=settings.answer_pings)
        self._answer_close = settings.answer_close
        self._incoming = Incoming(limits, check_text=settings.check_text, read_paused=lambda: tcp.held, fail=self._fail)
        self._outgoing = Outgoing(tcp)
        self._messages: deque[Message] = deque()
        self._queued = 0
        self._sent_in_a_row = 0
        self._last_sent = 0.0
        self._arrived = Flag()
        self._over = Flag()
        self._ended: Ended | None = None
        self._unanswered: bytes | None = None
        """The client's close frame, until the stage answers it."""
        self._heartbeat = Heartbeat(
            settings.keepalive,
            limits.pong_timeout,
            ping=lambda payload: self._outgoing.answer(encode_frame(Opcode.PING, payload)),
            read_paused=lambda: tcp.held or tcp.congested,
            fail=self._fail,
        )
        if early:
            self._feed(early)
        tcp.hand_over(self._feed)
        tcp.on_gone = self._connection_gone
        if tcp.gone.is_set():
            self._connection_gone()

    # ---------------------------------------------------------------- for the stage
    async def receive(self) -> Message | Ended:
        """Wait for the client's next message, or the end of the socket; see `fake_server.stage.Socket.receive`."""
        self._outgoing.pause()
        while not self._messages:
            if (ended := self._left()) is not None:
                return ended
            self._arrived.clear()
            await self._arrived.wait()
        message = self._messages.popleft()
        self._queued -= len(message.data) + _MESSAGE_OVERHEAD
        if self._queued <= self._limits.queued_bytes:
            self._tcp.release("queue")
        return message

    async def poll(self, within: float) -> Message | Ended | None:
        """Wait some seconds for the client's next message; None if nothing arrives.

        See `fake_server.stage.Socket.poll`.
        """
        if not self._messages and self._left() is None:
            if within <= 0:
                # One round of the loop reads what has arrived at the socket.
                await asyncio.sleep(0)
                return await self.receive() if self._messages or self._left() else None
            try:
                async with asyncio.timeout(within):
                    return await self.receive()
            except TimeoutError:
                return None
        return await self.receive()

    async def send(self, message: Message) -> None:
        """Send a message in frames of the sizes in its ``frames``; see `fake_server.stage.Socket.send`."""
        if self._ended is not None or self._outgoing.closed:
            # A stage that never stops sending must let the loop cancel it.
            await asyncio.sleep(0)
            return
        self._outgoing.write(message)
        await self._pace(1)

    async def send_all(self, messages: Sequence[Message]) -> None:
        """Send several messages in one write; see `fake_server.stage.Socket.send_all`."""
        if self._ended is not None or self._outgoing.closed:
            await asyncio.sleep(0)
            return
        self._outgoing.write_all(messages)
        await self._pace(len(messages))

    async def _pace(self, count: int) -> None:
        """Note that ``count`` messages were sent, and wait while the client does not read."""
        self._note_sent()
        self._sent_in_a_row += count
        if self._tcp.congested:
            await self._tcp.drain()
        elif self._sent_in_a_row >= _SENDS_IN_A_ROW:
            # A client that reads fast must not starve the other connections.
            self._sent_in_a_row = 0
            await asyncio.sleep(0)

    async def send_encoded(self, frames: bytes | memoryview) -> None:
        """Send encoded frames, in large writes; see `fake_server.stage.Socket.send_encoded`."""
        if self._ended is not None or self._outgoing.closed:
            await asyncio.sleep(0)
        await self._outgoing.write_encoded(frames)
        self._note_sent()

    async def close(self, code: int | None = 1000, reason: str = "") -> Ended:
        """Send a close frame and wait a bounded time for the client's; see `fake_server.stage.Socket.close`."""
        await self._wait_for_reader()
        await self._close(encode_close(code, reason))
        return self._end(Ended("eof"))

    async def _close(self, payload: bytes) -> None:
        if self._ended is None:
            self._outgoing.close(payload, whole=True)
        if self._unanswered is not None:
            self._end(decode_close(self._unanswered))
        # The timeout starts when the close frame has left; the client may still have messages to read.
        self._tcp.release("queue")
        await self._tcp.flush()
        await self._wait_over(self._limits.close_timeout)
        await self._tcp.finish(self._limits.close_timeout if self._ended else 0)

    async def abort(self, how: How = "eof") -> None:
        """End the connection without a close frame; see `fake_server.stage.Socket.abort`."""
        await self._tcp.end(how, self._limits.close_timeout)
        self._end(Ended(how))

    async def sleep(self, seconds: float) -> None:
        """Wait some seconds, or until the connection ends; see `fake_server.stage.Socket.sleep`."""
        self._outgoing.pause()
        await self._wait_over(seconds)

    def now(self) -> float:
        """The host's monotonic clock, in seconds; see `fake_server.stage.Socket.now`."""
        return clock.monotonic()

    # ---------------------------------------------------------------- for the connection
    async def finish(self, code: int) -> None:
        """Close the socket with ``code`` if the stage returned without closing it, and end the connection."""
        if self._ended is not None:
            await self._tcp.finish(self._limits.close_timeout)
        elif self._unanswered is not None:
            await self._close(self._unanswered[:2])
        else:
            await self.close(code)

    def leave(self) -> None:
        """Send a close frame because the server stops, and wait for nothing."""
        self._stop_timers()
        if self._ended is None:
            self._outgoing.close(encode_close(_GOING_AWAY))

    # ---------------------------------------------------------------- inside
    def _feed(self, data: bytes) -> None:
        protocol = self._protocol
        if self._ended is not None:
            return
        protocol.receive_data(data)
        for event in protocol.events_received():
            assert isinstance(event, Frame)
            self._take(event)
        self._flush()
        if protocol.parser_exc is not None:
            self._end(Ended("reset"))
        if self._queued > self._limits.queued_bytes and not self._outgoing.closed:
            self._tcp.hold("queue")

    def _flush(self) -> None:
        """Send pongs, and the close frame after a protocol error. `_take` answers the client's close frame."""
        for data in self._protocol.data_to_send():
            if data:
                self._outgoing.answer(data)
        if self._protocol.parser_exc is not None:
            self._outgoing.closed = True

    def _take(self, frame: Frame) -> None:
        if self._ended is not None:
            return
        if frame.opcode is FrameOpcode.CLOSE:
            self._take_close(bytes(frame.data))
            return
        try:
            message = self._incoming.take(frame)
        except RefusedMessageError as error:
            self._fail(error.code, str(error))
            return
        if message is not None:
            self._deliver(message)

    def _take_close(self, payload: bytes) -> None:
        if self._answer_close or self._outgoing.closed:
            self._outgoing.close(payload[:2])
            self._end(decode_close(payload))
            return
        self._unanswered = payload
        self._stop_timers()
        self._arrived.set()

    def _left(self) -> Ended | None:
        """How the client left: its close frame, or the end of the connection. None while it is there."""
        return self._ended if self._unanswered is None else decode_close(self._unanswered)

    def _deliver(self, message: Message) -> None:
        if message.opcode is Opcode.PONG and self._heartbeat.took_pong(message.data):
            return
        self._heartbeat.touch()
        if self._outgoing.closed and self._queued > self._limits.queued_bytes:
            # Read on for the client's close frame, and drop the messages before it: the stage has closed.
            return
        self._messages.append(message)
        self._queued += len(message.data) + _MESSAGE_OVERHEAD
        self._arrived.set()

    def _fail(self, code: int, reason: str) -> None:
        """Close the socket after a violation or a timeout."""
        if self._ended is None and not self._outgoing.closed:
            self._outgoing.close(encode_close(code, reason))
            self._end(Ended("eof" if code == IDLE else "reset"))

    def _connection_gone(self) -> None:
        self._end(Ended("reset" if self._tcp.reset else "eof"))

    def _end(self, ended: Ended) -> Ended:
        """Note how the socket ended, and return it; only the first call of several sets it."""
        if self._ended is None:
            self._ended = ended if self._unanswered is None else decode_close(self._unanswered)
            self._stop_timers()
            self._outgoing.end()
            self._over.set()
            self._arrived.set()
            self._tcp.release_writers()
        return self._ended

    def _stop_timers(self) -> None:
        self._heartbeat.stop()
        self._incoming.stop()

    def _note_sent(self) -> None:
        self._heartbeat.touch()
        self._last_sent = clock.monotonic()

    async def _wait_for_reader(self) -> None:
        """Give the client time to read the last message before the close frame."""
        if not self._linger or not self._last_sent or self._ended is not None or self._outgoing.closed:
            return
        await self._tcp.flush()
        left = self._last_sent + self._linger - clock.monotonic()
        if left > 0:
            await self._wait_over(left)

    async def _wait_over(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._over.wait()
        except TimeoutError:
            pass
