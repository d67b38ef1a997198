"""Frames as a server writes them (RFC 6455 §5.2): never masked."""

from __future__ import annotations

from collections import deque
from typing import Final

from websockets.frames import Frame
from websockets.frames import Opcode as FrameOpcode

from fake_server.host.tcp import Wire
from provider.websocket import Message, Opcode

_LONGEST_HEAD: Final = 10
_MOST_BYTES: Final = 32 * 1024 * 1024
_MOST_PIECES: Final = 4096
"""Beyond these, what was written is looked into and let go."""
_MOST_FRAMES: Final = 1_000_000
"""More in so few bytes are none: whatever it is, it shall not keep the loop for long."""


def encode_frame(opcode: int, payload: bytes, *, final: bool = True) -> bytes:
    """One frame."""
    first = (0x80 if final else 0) | opcode
    size = len(payload)
    if size < 126:
        return bytes((first, size)) + payload
    if size < 65536:
        return bytes((first, 126)) + size.to_bytes(2, "big") + payload
    return bytes((first, 127)) + size.to_bytes(8, "big") + payload


def encode_message(message: Message) -> bytes:
    """A message as one frame, or as the frames it names."""
    if not message.frames:
        return encode_frame(message.opcode, message.data)
    encoded: list[bytes] = []
    start = 0
    last = len(message.frames) - 1
    for index, size in enumerate(message.frames):
        end = len(message.data) if index == last else start + size
        opcode = message.opcode if index == 0 else 0
        encoded.append(encode_frame(opcode, message.data[start:end], final=index == last))
        start = end
    return b"".join(encoded)


def _frame_size(head: bytes | memoryview) -> int | None:
    """Of a frame that begins like this, header included; None if too little of it is there."""
    if len(head) < 2:
        return None
    size = head[1] & 0x7F
    wide = {126: 2, 127: 8}.get(size, 0)
    if len(head) < 2 + wide:
        return None
    if wide:
        size = int.from_bytes(head[2 : 2 + wide], "big")
    return 2 + wide + (4 if head[1] & 0x80 else 0) + size


class Trail:
    """Encoded frames that were written, in any pieces: tells whether the last of them has ended.

    It costs next to nothing until it is asked. Bytes that are no frames are taken for some all the same.
    """

    def __init__(self) -> None:
        self._views: list[memoryview] = []
        self._size = 0
        self._head = b""
        self._missing = 0

    def add(self, view: memoryview) -> None:
        """These bytes were written."""
        self._views.append(view)
        self._size += len(view)
        if self._size > _MOST_BYTES or len(self._views) > _MOST_PIECES:
            self._look()

    def clear(self) -> None:
        """All that was written was whole frames."""
        if self._views or self._head or self._missing:
            self._views.clear()
            self._size, self._head, self._missing = 0, b"", 0

    @property
    def is_whole(self) -> bool:
        """Whether no frame has begun and not ended."""
        self._look()
        return not self._missing and not self._head

    def rest(self, ahead: memoryview) -> int:
        """How many of the bytes that are to be written next belong to a frame that has begun; at most all of them."""
        self._look()
        missing = self._missing
        if self._head:
            size = _frame_size(self._head + bytes(ahead[:_LONGEST_HEAD]))
            missing = len(ahead) if size is None else size - len(self._head)
        return min(missing, len(ahead))

    def _look(self) -> None:
        budget = _MOST_FRAMES
        for view in self._views:
            budget = self._walk(view, budget)
            if budget <= 0:
                self.clear()
                return
        self._views.clear()
        self._size = 0

    def _walk(self, view: memoryview, budget: int) -> int:
        """Go through the frames; returns how many more may be looked at."""
        at = self._missing
        if self._head:
            begun = self._head + bytes(view[:_LONGEST_HEAD])
            size = _frame_size(begun)
            if size is None:
                self._head = begun
                return budget
            at = size - len(self._head)
            self._head = b""
        last = len(view) - 1
        while at < last and budget > 0:
            budget -= 1
            size = view[at + 1]
            if size < 126:
                at += size + 2
                continue
            whole = _frame_size(view[at : at + _LONGEST_HEAD])
            if whole is None:
                break
            at += whole
        if at < len(view) and budget > 0:
            self._head = bytes(view[at:])
            at = len(view)
        self._missing = at - len(view)
        return budget


_OPCODES: Final = {
    FrameOpcode.TEXT: Opcode.TEXT,
    FrameOpcode.BINARY: Opcode.BINARY,
    FrameOpcode.PING: Opcode.PING,
    FrameOpcode.PONG: Opcode.PONG,
}


class NotUtf8Error(ValueError):
    """A text message is not UTF-8."""


class Incoming:
    """Puts the frames of one socket together. Their order is checked already; close frames are not for here.

    Args:
        check_text: Whether text must be UTF-8.
    """

    def __init__(self, *, check_text: bool) -> None:
        self._check_text = check_text
        self._opcode: Opcode | None = None
        self._parts: list[bytes] = []

    def take(self, frame: Frame) -> Message | None:
        """The message that ends with this frame; None if it goes on.

        Raises:
            NotUtf8Error: It is text and should be UTF-8, but is not.
        """
        data = bytes(frame.data)
        control = frame.opcode in (FrameOpcode.PING, FrameOpcode.PONG)
        if control or (frame.fin and frame.opcode is not FrameOpcode.CONT):
            return self._checked(Message(_OPCODES[frame.opcode], data))
        if frame.opcode is not FrameOpcode.CONT:
            self._opcode = _OPCODES[frame.opcode]
        self._parts.append(data)
        if not frame.fin:
            return None
        assert self._opcode is not None
        parts, self._parts = self._parts, []
        return self._checked(Message(self._opcode, b"".join(parts), tuple(map(len, parts))))

    def _checked(self, message: Message) -> Message:
        if self._check_text and message.opcode is Opcode.TEXT:
            try:
                message.data.decode()
            except UnicodeDecodeError as error:
                raise NotUtf8Error(f"no UTF-8 at byte {error.start}") from error
        return message


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
