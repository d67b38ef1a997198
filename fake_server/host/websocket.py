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


class HostSocket:
    """One open WebSocket. Frames are read as they arrive: pings are answered and ends noticed, whatever the stage does."""

    def __init__(self, wire: Wire, limits: Limits, early: bytes) -> None:
        self._wire = wire
        self._limits = limits
        self._protocol = Protocol(SERVER, state=OPEN, max_size=limits.message_bytes)
        self._messages: deque[Message] = deque()
        self._queued = 0
        self._arrived = asyncio.Event()
        self._over = asyncio.Event()
        self._ended: Ended | None = None
        self._close_sent = False
        self._opcode: Opcode | None = None
        self._parts: list[bytes] = []
        if early:
            self._feed(early)
        wire.hand_over(self._feed)
        self._watch = asyncio.ensure_future(self._watch_wire())

    # ---------------------------------------------------------------- what a stage calls
    async def receive(self) -> Message | Ended:
        """See `fake_server.stage.Socket.receive`."""
        while not self._messages:
            if self._ended is not None:
                return self._ended
            self._arrived.clear()
            await self._arrived.wait()
        message = self._messages.popleft()
        self._queued -= len(message.data)
        if self._queued < self._limits.queued_bytes:
            self._wire.resume()
        return message

    async def poll(self, within: float) -> Message | Ended | None:
        """See `fake_server.stage.Socket.poll`."""
        if not self._messages and self._ended is None:
            if within <= 0:
                return None
            try:
                async with asyncio.timeout(within):
                    return await self.receive()
            except TimeoutError:
                return None
        return await self.receive()

    async def send(self, message: Message) -> None:
        """See `fake_server.stage.Socket.send`."""
        if self._ended is None and not self._close_sent:
            self._wire.write(encode_message(message))
            if self._wire.congested:
                await self._until_writable()

    async def send_encoded(self, frames: bytes | memoryview) -> None:
        """See `fake_server.stage.Socket.send_encoded`."""
        if self._ended is None and not self._close_sent:
            await self._wire.write_all(frames)

    async def close(self, code: int | None = 1000, reason: str = "") -> Ended:
        """See `fake_server.stage.Socket.close`."""
        if self._ended is None and not self._close_sent:
            self._close_sent = True
            self._wire.write(encode_frame(Opcode.CLOSE, encode_close(code, reason)))
        await self._wait_over(self._limits.close_timeout)
        await self._wire.finish(self._limits.close_timeout)
        self._end(Ended("eof"))
        assert self._ended is not None
        return self._ended

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
        self.dispose()

    def dispose(self) -> None:
        """Let go of what was started here; waits for nothing."""
        self._watch.cancel()

    # ---------------------------------------------------------------- inside
    def _feed(self, data: bytes) -> None:
        if self._ended is not None:
            return
        protocol = self._protocol
        protocol.receive_data(data)
        for event in protocol.events_received():
            assert isinstance(event, Frame)
            self._take(event)
        if protocol.parser_exc is not None or protocol.close_rcvd is None:
            self._flush()
        if protocol.parser_exc is not None:
            self._end(Ended("reset"))
        if self._queued > self._limits.queued_bytes:
            self._wire.pause()

    def _flush(self) -> None:
        """Send pongs, and the close frame for a broken protocol."""
        for data in self._protocol.data_to_send():
            if data and not self._close_sent:
                self._wire.write(data)
        if self._protocol.parser_exc is not None:
            self._close_sent = True

    def _take(self, frame: Frame) -> None:
        if frame.opcode is FrameOpcode.CLOSE:
            if not self._close_sent:
                self._close_sent = True
                self._wire.write(encode_frame(Opcode.CLOSE, bytes(frame.data)[:2]))
            self._end(decode_close(bytes(frame.data)))
            return
        data = bytes(frame.data)
        control = frame.opcode in (FrameOpcode.PING, FrameOpcode.PONG)
        if control or (frame.fin and not self._parts and frame.opcode is not FrameOpcode.CONT):
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
        self._messages.append(message)
        self._queued += len(message.data)
        self._arrived.set()

    def _end(self, ended: Ended) -> None:
        if self._ended is None:
            self._ended = ended
            self._over.set()
            self._arrived.set()

    async def _watch_wire(self) -> None:
        await self._wire.gone.wait()
        self._end(Ended("reset" if self._wire.reset else "eof"))

    async def _wait_over(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._over.wait()
        except TimeoutError:
            pass

    async def _until_writable(self) -> None:
        await self._wire.drain()
