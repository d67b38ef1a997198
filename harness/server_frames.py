"""`EncodedMessages`: the messages in the frames that our own server writes.

It accepts what RFC 6455 forbids, since faults write such frames; `harness.relay.frames` checks a service's frames.
"""

from __future__ import annotations

from typing import Final

from provider.websocket import Message, Opcode

_DATA: Final = {1: Opcode.TEXT, 2: Opcode.BINARY}
_CONTROL: Final = {8: Opcode.CLOSE, 9: Opcode.PING, 10: Opcode.PONG}


class EncodedMessages:
    """Takes frames apart as they are written; a frame may begin in one write and end in another."""

    def __init__(self) -> None:
        self._pending = b""
        self._opcode: Opcode | None = None
        self._parts: list[bytes] = []

    def feed(self, frames: bytes | memoryview) -> list[Message]:
        """The messages and control frames that these bytes complete. Frames of unknown kinds are left out."""
        data = self._pending + bytes(frames)
        at = 0
        messages: list[Message] = []
        while (frame := _frame(data, at)) is not None:
            first, start, at = frame
            message = self._take(first, data[start:at])
            if message is not None:
                messages.append(message)
        self._pending = data[at:]
        return messages

    def _take(self, first: int, payload: bytes) -> Message | None:
        kind = first & 0x0F
        if kind in _CONTROL:
            return Message(_CONTROL[kind], payload)
        is_final = bool(first & 0x80)
        if kind in _DATA:
            if is_final:
                return Message(_DATA[kind], payload)
            self._opcode, self._parts = _DATA[kind], []
        if self._opcode is None:
            return None
        self._parts.append(payload)
        if not is_final:
            return None
        opcode, self._opcode = self._opcode, None
        return Message(opcode, b"".join(self._parts), tuple(map(len, self._parts)))


def _frame(data: bytes, at: int) -> tuple[int, int, int] | None:
    """First byte of the frame at offset ``at``, start and end of its payload; None if the frame is not complete."""
    if len(data) < at + 2:
        return None
    size = data[at + 1] & 0x7F
    is_masked = bool(data[at + 1] & 0x80)
    start = at + 2
    wide = {126: 2, 127: 8}.get(size, 0)
    if wide:
        size = int.from_bytes(data[start : start + wide], "big")
        start += wide
    start += 4 if is_masked else 0
    end = start + size
    return None if len(data) < end or len(data) < start else (data[at], start, end)
