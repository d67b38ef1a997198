"""`HostSocket`: the `fake_server.stage.Socket` of one accepted upgrade, over websockets' sans-I/O protocol."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from dataclasses import dataclass, field
from typing import Final

from websockets.frames import Frame
from websockets.frames import Opcode as FrameOpcode
from websockets.protocol import OPEN, SERVER, Protocol

from fake_server.host.frames import Incoming, NotUtf8Error, Outgoing, encode_frame
from fake_server.host.keepalive import IDLE, Heartbeat, Keepalive
from fake_server.host.limits import Limits
from fake_server.host.policy import REFUSALS
from fake_server.host.tcp import Wire
from fake_server.stage import How
from provider import clock
from provider.websocket import Ended, Message, Opcode, decode_close, encode_close

_MESSAGE_OVERHEAD: Final = 128
_SENDS_IN_A_ROW: Final = 256
_GOING_AWAY: Final = 1001
_UNHEARD: Final = logging.Logger("fake_server.host.websocket", logging.CRITICAL + 1)  # noqa: LOG001  # nobody is to turn it on
"""For websockets' protocol, whose log at DEBUG would show what clients and services say, tokens included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """How one socket is held.

    Attributes:
        linger: Seconds between the last message and the close frame, when it is this side that closes.
        check_text: Whether text that is not UTF-8 ends the socket.
        keepalive: What the host does of its own accord.
        answer_pings: Whether the host answers the client's pings.
    """

    linger: float = 0.0
    check_text: bool = False
    keepalive: Keepalive = field(default_factory=Keepalive)
    answer_pings: bool = True


class _Spoken(Protocol):
    """websockets' protocol, but for two things: pings need not be answered here, and a close frame ends the connection
    in good order even where a message is not whole (RFC 6455 §5.5.1 lets it stand anywhere).
    """

    answer_pings = True

    def send_frame(self, frame: Frame) -> None:
        if self.answer_pings or frame.opcode is not FrameOpcode.PONG:
            super().send_frame(frame)

    def recv_frame(self, frame: Frame) -> None:
        if frame.opcode is FrameOpcode.CLOSE:
            self.current_size = None
        super().recv_frame(frame)


class HostSocket:
    """One open WebSocket. Frames are read as they arrive: pings are answered and ends noticed in any case."""

    def __init__(self, wire: Wire, limits: Limits, early: bytes, manners: Manners) -> None:
        self._wire = wire
        self._limits = limits
        self._linger = manners.linger
        self._protocol = _Spoken(SERVER, state=OPEN, max_size=limits.message_bytes, logger=_UNHEARD)
        self._protocol.answer_pings = manners.answer_pings
        self._incoming = Incoming(check_text=manners.check_text)
        self._outgoing = Outgoing(wire)
        self._messages: deque[Message] = deque()
        self._queued = 0
        self._sent = 0
        self._last_sent = 0.0
        self._arrived = asyncio.Event()
        self._over = asyncio.Event()
        self._ended: Ended | None = None
        self._heartbeat = Heartbeat(
            manners.keepalive,
            limits.pong_timeout,
            ping=lambda payload: self._outgoing.answer(encode_frame(Opcode.PING, payload)),
            is_stuck=lambda: wire.held or wire.congested,
            fail=self._give_up,
        )
        if early:
            self._feed(early)
        wire.hand_over(self._feed)
        wire.on_gone = self._wire_gone
        if wire.gone.is_set():
            self._wire_gone()

    # ---------------------------------------------------------------- what a stage calls
    async def receive(self) -> Message | Ended:
        """See `fake_server.stage.Socket.receive`."""
        self._outgoing.pause()
        while not self._messages:
            if self._ended is not None:
                return self._ended
            self._arrived.clear()
            await self._arrived.wait()
        message = self._messages.popleft()
        self._queued -= len(message.data) + _MESSAGE_OVERHEAD
        if self._queued <= self._limits.queued_bytes:
            self._wire.release("queue")
        return message

    async def poll(self, within: float) -> Message | Ended | None:
        """See `fake_server.stage.Socket.poll`."""
        if not self._messages and self._ended is None:
            if within <= 0:
                # One round of the loop takes in what has arrived at the socket.
                await asyncio.sleep(0)
                return await self.receive() if self._messages or self._ended else None
            try:
                async with asyncio.timeout(within):
                    return await self.receive()
            except TimeoutError:
                return None
        return await self.receive()

    async def send(self, message: Message) -> None:
        """See `fake_server.stage.Socket.send`."""
        if self._ended is not None or self._outgoing.closed:
            # A stage that sends on and on must not keep the loop from ending it.
            await asyncio.sleep(0)
            return
        self._outgoing.write(message)
        self._note_sent()
        self._sent += 1
        if self._wire.congested:
            await self._wire.drain()
        elif self._sent % _SENDS_IN_A_ROW == 0:
            # A client that reads fast must not keep the loop from everyone else.
            await asyncio.sleep(0)

    async def send_encoded(self, frames: bytes | memoryview) -> None:
        """See `fake_server.stage.Socket.send_encoded`."""
        if self._ended is not None or self._outgoing.closed:
            await asyncio.sleep(0)
        await self._outgoing.write_encoded(frames)
        self._note_sent()

    async def close(self, code: int | None = 1000, reason: str = "") -> Ended:
        """See `fake_server.stage.Socket.close`."""
        await self._wait_for_reader()
        if self._ended is None:
            self._outgoing.close(encode_close(code, reason), whole=True)
        # The client's time begins when it can have seen the close frame; it need not have taken all else by now.
        self._wire.release("queue")
        await self._wire.flush()
        await self._wait_over(self._limits.close_timeout)
        await self._wire.finish(self._limits.close_timeout if self._ended else 0)
        return self._end(Ended("eof"))

    async def abort(self, how: How = "eof") -> None:
        """See `fake_server.stage.Socket.abort`."""
        await self._wire.end(how, self._limits.close_timeout)
        self._end(Ended(how))

    async def sleep(self, seconds: float) -> None:
        """See `fake_server.stage.Socket.sleep`."""
        self._outgoing.pause()
        await self._wait_over(seconds)

    def now(self) -> float:
        """See `fake_server.stage.Socket.now`."""
        return clock.monotonic()

    # ---------------------------------------------------------------- what the connection calls
    async def finish(self, code: int) -> None:
        """The stage is done: close if it did not, and let go."""
        if self._ended is None:
            await self.close(code)
        else:
            await self._wire.finish(self._limits.close_timeout)

    def leave(self) -> None:
        """The server stops: say so, and wait for nothing."""
        self._heartbeat.stop()
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
            self._wire.hold("queue")

    def _flush(self) -> None:
        """Send pongs, and the close frame for a broken protocol. The client's close is answered by `_take`."""
        for data in self._protocol.data_to_send():
            if data:
                self._outgoing.answer(data)
        if self._protocol.parser_exc is not None:
            self._outgoing.closed = True

    def _take(self, frame: Frame) -> None:
        if self._ended is not None:
            return
        if frame.opcode is FrameOpcode.CLOSE:
            data = bytes(frame.data)
            self._outgoing.close(data[:2])
            self._end(decode_close(data))
            return
        try:
            message = self._incoming.take(frame)
        except NotUtf8Error as error:
            self._give_up(REFUSALS["text"].answer, str(error))
            return
        if message is not None:
            self._deliver(message)

    def _deliver(self, message: Message) -> None:
        if message.opcode is Opcode.PONG and self._heartbeat.took_pong(message.data):
            return
        self._heartbeat.touch()
        if self._outgoing.closed and self._queued > self._limits.queued_bytes:
            # Read on for the client's close frame, which stands behind what nobody will take.
            return
        self._messages.append(message)
        self._queued += len(message.data) + _MESSAGE_OVERHEAD
        self._arrived.set()

    def _give_up(self, code: int, reason: str) -> None:
        """End what the client has broken, or left alone."""
        if self._ended is None and not self._outgoing.closed:
            self._outgoing.close(encode_close(code, reason))
            self._end(Ended("eof" if code == IDLE else "reset"))

    def _wire_gone(self) -> None:
        self._end(Ended("reset" if self._wire.reset else "eof"))

    def _end(self, ended: Ended) -> Ended:
        """The first end is the one that is told."""
        if self._ended is None:
            self._ended = ended
            self._heartbeat.stop()
            self._outgoing.end()
            self._over.set()
            self._arrived.set()
            self._wire.release_writers()
        return self._ended

    def _note_sent(self) -> None:
        self._heartbeat.touch()
        self._last_sent = clock.monotonic()

    async def _wait_for_reader(self) -> None:
        """Let the client take its last message before it learns of the end."""
        if not self._linger or not self._last_sent or self._ended is not None or self._outgoing.closed:
            return
        await self._wire.flush()
        left = self._last_sent + self._linger - clock.monotonic()
        if left > 0:
            await self._wait_over(left)

    async def _wait_over(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._over.wait()
        except TimeoutError:
            pass
