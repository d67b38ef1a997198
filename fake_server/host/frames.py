"""WebSocket frames of a server (RFC 6455 §5): encoding, and the order of writing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Final

from fake_server.host.tcp import TcpConnection
from provider.websocket import Message, Opcode

_LONGEST_HEAD: Final = 10
_MOST_BYTES: Final = 32 * 1024 * 1024
_MOST_PIECES: Final = 4096
"""Above these, `Trail` parses the bytes that it holds, and drops them."""
_MOST_FRAMES: Final = 1_000_000
"""More frames than this in those bytes are not real ones; the bound keeps the loop responsive."""


def encode_frame(opcode: int, payload: bytes, *, final: bool = True) -> bytes:
    """Encode one frame; a server's is never masked."""
    first = (0x80 if final else 0) | opcode
    size = len(payload)
    if size < 126:
        return bytes((first, size)) + payload
    if size < 65536:
        return bytes((first, 126)) + size.to_bytes(2, "big") + payload
    return bytes((first, 127)) + size.to_bytes(8, "big") + payload


def encode_message(message: Message) -> bytes:
    """Encode a message as one frame, or in frames of the sizes in its ``frames``."""
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
    """The size of a frame with this beginning, header included; None if that is too short to tell."""
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
    """Follows encoded frames that are written in pieces of any size: is the last frame complete?

    It parses the bytes only when asked, so that writing stays cheap. Bytes that are not frames are parsed as if they
    were.
    """

    def __init__(self) -> None:
        self._views: list[memoryview] = []
        self._size = 0
        self._head = b""
        self._missing = 0

    def add(self, view: memoryview) -> None:
        """Note bytes that were written."""
        self._views.append(view)
        self._size += len(view)
        if self._size > _MOST_BYTES or len(self._views) > _MOST_PIECES:
            self._parse()

    def clear(self) -> None:
        """Note that all bytes written so far were complete frames."""
        if self._views or self._head or self._missing:
            self._views.clear()
            self._size, self._head, self._missing = 0, b"", 0

    @property
    def is_whole(self) -> bool:
        """Whether the last frame is complete."""
        self._parse()
        return not self._missing and not self._head

    def rest(self, ahead: memoryview) -> int:
        """How many of the next bytes belong to the incomplete frame; at most all of them."""
        self._parse()
        missing = self._missing
        if self._head:
            size = _frame_size(self._head + bytes(ahead[:_LONGEST_HEAD]))
            missing = len(ahead) if size is None else size - len(self._head)
        return min(missing, len(ahead))

    def _parse(self) -> None:
        budget = _MOST_FRAMES
        for view in self._views:
            budget = self._walk(view, budget)
            if budget <= 0:
                self.clear()
                return
        self._views.clear()
        self._size = 0

    def _walk(self, view: memoryview, budget: int) -> int:
        """Parse the frames of one piece; returns how many more frames may be parsed."""
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


_WRITE_SLICE: Final = 256 * 1024
_MOST_PONGS: Final = 64
"""Only the newest of several delayed pings needs a pong (RFC 6455 §5.5.3)."""


class Outgoing:
    """Writes frames. The host's own pongs and close frames never split a frame that the stage writes in pieces.

    Attributes:
        closed: Whether a close frame was sent, or waits for the end of the frame before it.
    """

    def __init__(self, tcp: TcpConnection) -> None:
        self.closed = False
        self._tcp = tcp
        self._trail = Trail()
        self._pending_pongs: list[bytes] = []
        self._over = False
        self._writing = False
        self._in_a_row = 0
        """Bytes written since the loop last went on."""

    def write(self, message: Message) -> None:
        """Write a message, without waiting for the client."""
        self._complete()
        self.closed = message.opcode is Opcode.CLOSE
        self._tcp.write(encode_message(message))

    def write_all(self, messages: Iterable[Message]) -> None:
        """Write several messages in one write; none of them may be a close frame (not checked)."""
        self._complete()
        self._tcp.write(b"".join(map(encode_message, messages)))

    async def write_encoded(self, frames: bytes | memoryview) -> None:
        """Write encoded frames, with back-pressure. A frame may start in one call and end in another."""
        self._writing = True
        try:
            await self._write(memoryview(frames))
        finally:
            self._writing = False

    async def _write(self, view: memoryview) -> None:
        while view and not self._tcp.closed:
            if (self._over or self.closed) and not self._pending_pongs:
                return
            size = self._trail.rest(view) if self._pending_pongs else len(view)
            piece = view[: min(size, _WRITE_SLICE)]
            self._tcp.write(piece)
            self._trail.add(piece)
            view = view[len(piece) :]
            if self._pending_pongs and self._trail.is_whole:
                self._flush_pongs()
            await self._pace(len(piece))

    async def _pace(self, size: int) -> None:
        """Wait while the client does not read. One that reads fast still lets the loop read its pings, or its close."""
        self._in_a_row += size
        if self._tcp.congested:
            self._in_a_row = 0
            await self._tcp.drain()
        elif self._in_a_row >= _WRITE_SLICE:
            self._in_a_row = 0
            await asyncio.sleep(0)

    def pause(self) -> None:
        """Note that the stage has stopped writing, so that its last frame counts as complete."""
        if not self._writing:
            self._complete()

    def answer(self, frame: bytes) -> None:
        """Write a control frame, now or at the end of an incomplete frame."""
        if self.closed:
            return
        if self._trail.is_whole:
            self._tcp.answer(frame)
            return
        self._pending_pongs.append(frame)
        del self._pending_pongs[:-_MOST_PONGS]
        if self._tcp.congested:
            self._tcp.hold("answers")

    def close(self, payload: bytes, *, whole: bool = False) -> None:
        """Write a close frame, the last frame of all.

        Args:
            whole: Whether the stage itself closes, so that its last frame is complete.
        """
        if self.closed:
            return
        if whole:
            self._complete()
        self.answer(encode_frame(Opcode.CLOSE, payload))
        self.closed = True

    def end(self) -> None:
        """Note that the client is gone, or waits for nothing but the close frame."""
        self._over = True

    def _complete(self) -> None:
        self._trail.clear()
        self._flush_pongs()

    def _flush_pongs(self) -> None:
        pongs, self._pending_pongs = self._pending_pongs, []
        for pong in pongs:
            self._tcp.answer(pong)
