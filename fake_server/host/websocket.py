"""`HostSocket`: the `fake_server.stage.Socket` of one accepted upgrade, over websockets' sans-I/O protocol."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import Final

from websockets.frames import Frame
from websockets.frames import Opcode as FrameOpcode
from websockets.protocol import OPEN, SERVER, Protocol

from fake_server.host.frames import encode_frame, encode_message
from fake_server.host.limits import Limits
from fake_server.host.wire import Wire
from fake_server.stage import How
from provider.wire.message import Ended, Message, Opcode, decode_close, encode_close

_OPCODES: Final = {
    FrameOpcode.TEXT: Opcode.TEXT,
    FrameOpcode.BINARY: Opcode.BINARY,
    FrameOpcode.PING: Opcode.PING,
    FrameOpcode.PONG: Opcode.PONG,
}
_MESSAGE_OVERHEAD: Final = 128
_SENDS_IN_A_ROW: Final = 256
_GOING_AWAY: Final = 1001


class HostSocket:
    """One open WebSocket. Frames are read as they arrive: pings are answered and ends noticed in any case."""

    def __init__(self, wire: Wire, limits: Limits, early: bytes) -> None:
        self._wire = wire
        self._limits = limits
        self._protocol = Protocol(SERVER, state=OPEN, max_size=limits.message_bytes)
        self._messages: deque[Message] = deque()
        self._queued = 0
        self._sent = 0
        self._arrived = asyncio.Event()
        self._over = asyncio.Event()
        self._ended: Ended | None = None
        self._close_sent = False
        self._opcode: Opcode | None = None
        self._parts: list[bytes] = []
        if early:
            self._feed(early)
        wire.hand_over(self._feed)
        wire.on_gone = self._wire_gone
        if wire.gone.is_set():
            self._wire_gone()

    # ---------------------------------------------------------------- what a stage calls
    async def receive(self) -> Message | Ended:
        """See `fake_server.stage.Socket.receive`."""
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
        if self._ended is not None or self._close_sent:
            # A stage that sends on and on must not keep the loop from ending it.
            await asyncio.sleep(0)
            return
        self._close_sent = message.opcode is Opcode.CLOSE
        self._wire.write(encode_message(message))
        self._sent += 1
        if self._wire.congested:
            await self._wire.drain()
        elif self._sent % _SENDS_IN_A_ROW == 0:
            # A client that reads fast must not keep the loop from everyone else.
            await asyncio.sleep(0)

    async def send_encoded(self, frames: bytes | memoryview) -> None:
        """See `fake_server.stage.Socket.send_encoded`."""
        if self._ended is None and not self._close_sent:
            await self._wire.write_all(frames)
        else:
            await asyncio.sleep(0)

    async def close(self, code: int | None = 1000, reason: str = "") -> Ended:
        """See `fake_server.stage.Socket.close`."""
        if self._ended is None and not self._close_sent:
            self._close_sent = True
            self._wire.write(encode_frame(Opcode.CLOSE, encode_close(code, reason)))
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
        await self._wait_over(seconds)

    def now(self) -> float:
        """See `fake_server.stage.Socket.now`."""
        return time.monotonic()

    # ---------------------------------------------------------------- what the connection calls
    async def finish(self, code: int) -> None:
        """The stage is done: close if it did not, and let go."""
        if self._ended is None:
            await self.close(code)
        else:
            await self._wire.finish(self._limits.close_timeout)

    def leave(self) -> None:
        """The server stops: say so, and wait for nothing."""
        if self._ended is None and not self._close_sent:
            self._close_sent = True
            self._wire.write(encode_frame(Opcode.CLOSE, encode_close(_GOING_AWAY)))

    # ---------------------------------------------------------------- inside
    def _feed(self, data: bytes) -> None:
        if self._ended is not None:
            return
        protocol = self._protocol
        protocol.receive_data(data)
        for event in protocol.events_received():
            assert isinstance(event, Frame)
            self._take(event)
        self._flush()
        if protocol.parser_exc is not None:
            self._end(Ended("reset"))
        if self._queued > self._limits.queued_bytes and not self._close_sent:
            self._wire.hold("queue")

    def _flush(self) -> None:
        """Send pongs, and the close frame for a broken protocol. The client's close is answered by `_take`."""
        for data in self._protocol.data_to_send():
            if data and not self._close_sent:
                self._wire.answer(data)
        if self._protocol.parser_exc is not None:
            self._close_sent = True

    def _take(self, frame: Frame) -> None:
        data = bytes(frame.data)
        if frame.opcode is FrameOpcode.CLOSE:
            if not self._close_sent:
                self._close_sent = True
                self._wire.write(encode_frame(Opcode.CLOSE, data[:2]))
            self._end(decode_close(data))
            return
        control = frame.opcode in (FrameOpcode.PING, FrameOpcode.PONG)
        if control or (frame.fin and frame.opcode is not FrameOpcode.CONT):
            self._deliver(Message(_OPCODES[frame.opcode], data))
        else:
            self._take_fragment(frame, data)

    def _take_fragment(self, frame: Frame, data: bytes) -> None:
        if frame.opcode is not FrameOpcode.CONT:
            self._opcode = _OPCODES[frame.opcode]
        self._parts.append(data)
        if frame.fin:
            assert self._opcode is not None
            parts = self._parts
            self._deliver(Message(self._opcode, b"".join(parts), tuple(map(len, parts))))
            self._parts = []

    def _deliver(self, message: Message) -> None:
        if self._close_sent and self._queued > self._limits.queued_bytes:
            # Read on for the client's close frame, which stands behind what nobody will take.
            return
        self._messages.append(message)
        self._queued += len(message.data) + _MESSAGE_OVERHEAD
        self._arrived.set()

    def _wire_gone(self) -> None:
        self._end(Ended("reset" if self._wire.reset else "eof"))

    def _end(self, ended: Ended) -> Ended:
        """The first end is the one that is told."""
        if self._ended is None:
            self._ended = ended
            self._over.set()
            self._arrived.set()
            self._wire.release_writers()
        return self._ended

    async def _wait_over(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._over.wait()
        except TimeoutError:
            pass
