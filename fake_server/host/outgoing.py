"""The server's side of one WebSocket: whole frames, whatever is written in which pieces."""

from __future__ import annotations

from collections import deque
from typing import Final

from fake_server.host.frames import Trail, encode_frame, encode_message
from fake_server.host.wire import Wire
from provider.websocket import Message, Opcode

_WRITE_SLICE: Final = 256 * 1024
_MOST_OWED: Final = 64
"""Of pings that cannot be answered at once only the last need an answer (RFC 6455 §5.5.3)."""


class Outgoing:
    """Writes frames. What answers the client on the host's account never comes between the pieces of another frame.

    Attributes:
        closed: Whether a close frame was sent, or will be when the frame before it is whole.
    """

    def __init__(self, wire: Wire) -> None:
        self.closed = False
        self._wire = wire
        self._trail = Trail()
        self._owed: deque[bytes] = deque(maxlen=_MOST_OWED)
        self._over = False
        self._writing = False

    def write(self, message: Message) -> None:
        """Write a message. It is not for here to wait."""
        self._complete()
        self.closed = message.opcode is Opcode.CLOSE
        self._wire.write(encode_message(message))

    async def write_encoded(self, frames: bytes | memoryview) -> None:
        """Write what is encoded already, with back-pressure; a frame may begin in one call and end in another."""
        self._writing = True
        try:
            await self._write(memoryview(frames))
        finally:
            self._writing = False

    async def _write(self, view: memoryview) -> None:
        while view and not self._wire.closed:
            if (self._over or self.closed) and not self._owed:
                return
            size = self._trail.rest(view) if self._owed else len(view)
            piece = view[: min(size, _WRITE_SLICE)]
            self._wire.write(piece)
            self._trail.add(piece)
            view = view[len(piece) :]
            if self._owed and self._trail.is_whole:
                self._pay()
            await self._wire.drain()

    def pause(self) -> None:
        """The stage does something else than writing: its last frame is whole."""
        if not self._writing:
            self._complete()

    def answer(self, frame: bytes) -> None:
        """Write a control frame as soon as no other is in the middle."""
        if self.closed:
            return
        if self._trail.is_whole:
            self._wire.answer(frame)
            return
        self._owed.append(frame)
        if self._wire.congested:
            self._wire.hold("answers")

    def close(self, payload: bytes, *, whole: bool = False) -> None:
        """Write a close frame, the last of all frames.

        Args:
            whole: Nothing is in the middle: it is the stage that says so.
        """
        if self.closed:
            return
        if whole:
            self._complete()
        self.answer(encode_frame(Opcode.CLOSE, payload))
        self.closed = True

    def end(self) -> None:
        """The client is not there any more; at most, it waits for a close frame."""
        self._over = True

    def _complete(self) -> None:
        self._trail.clear()
        self._pay()

    def _pay(self) -> None:
        while self._owed:
            self._wire.answer(self._owed.popleft())
