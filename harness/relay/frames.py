"""Frames of a WebSocket as a client reads and writes them (RFC 6455 §5.2)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Final

from websockets.frames import apply_mask  # pyright: ignore[reportPrivateImportUsage]  # in C, where the extension is built

from provider.transport.errors import ProtocolError, TooLargeError
from provider.websocket import MAX_MESSAGE_FRAMES, Message, Opcode

_CONTINUED: Final = 0
_FINAL: Final = 0x80
_RESERVED: Final = 0x70
_MASKED: Final = 0x80
_LONGEST_CONTROL: Final = 125
_CONTROLS: Final = frozenset({Opcode.CLOSE, Opcode.PING, Opcode.PONG})
_OPCODES: Final = {opcode.value: opcode for opcode in Opcode}


class FrameReader:
    """Parses the bytes of a service into messages and control frames, in order.

    Args:
        longest: Most bytes of a whole message.
    """

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._data = bytearray()
        self._opcode: Opcode | None = None
        self._parts: list[bytes] = []
        self._size = 0

    def feed(self, data: bytes) -> Iterator[Message]:
        """Parse further bytes; yields each message and control frame that is complete now.

        Raises:
            ProtocolError: The bytes are not valid frames of a server.
            TooLargeError: A message is too long, its header announces that it will be, or it has too many frames.
        """
        buffer = self._data
        buffer += data
        at = 0
        try:
            while (head := self._head(buffer, at)) is not None:
                first, start, end = head
                if end > len(buffer):
                    return
                at = end
                message = self._frame(first, bytes(buffer[start:end]))
                if message is not None:
                    yield message
        finally:
            del buffer[:at]

    def _head(self, buffer: bytearray, at: int) -> tuple[int, int, int] | None:
        """First byte of a frame, and start and end of its payload; None if the header is incomplete."""
        if len(buffer) < at + 2:
            return None
        first, size = buffer[at], buffer[at + 1]
        if size & _MASKED or first & _RESERVED:
            raise ProtocolError("The service broke the WebSocket protocol: a frame is masked, or has reserved bits")
        start = at + 2
        if size > _LONGEST_CONTROL:
            wide = 2 if size == _LONGEST_CONTROL + 1 else 8
            if len(buffer) < start + wide:
                return None
            size = int.from_bytes(buffer[start : start + wide], "big")
            start += wide
        if size + self._size > self._longest:
            raise TooLargeError(f"A message of the service is larger than {self._longest} bytes")
        return first, start, start + size

    def _frame(self, first: int, payload: bytes) -> Message | None:
        code, final = first & 0x0F, bool(first & _FINAL)
        opcode = _OPCODES.get(code)
        if opcode is not None and opcode in _CONTROLS:
            if not final or len(payload) > _LONGEST_CONTROL:
                raise ProtocolError(
                    "The service broke the WebSocket protocol: a control frame is too long, or in pieces"
                )
            return Message(opcode, payload)
        if (opcode is None and code != _CONTINUED) or (opcode is None) != (self._opcode is not None):
            raise ProtocolError("The service broke the WebSocket protocol: a frame is out of sequence, or of no kind")
        if opcode is not None and final:
            return Message(opcode, payload)
        self._opcode = self._opcode or opcode
        if len(self._parts) >= MAX_MESSAGE_FRAMES:
            raise TooLargeError(f"A message of the service has more than {MAX_MESSAGE_FRAMES} frames")
        self._parts.append(payload)
        self._size += len(payload)
        if not final:
            return None
        assert self._opcode is not None, "checked above"
        message = Message(self._opcode, b"".join(self._parts), tuple(map(len, self._parts)))
        self._opcode, self._parts, self._size = None, [], 0
        return message


def masked(message: Message) -> bytes:
    """A message as a client sends it, masked: in one frame, or in the frame sizes that it names."""
    if not message.frames:
        return _masked_frame(_FINAL | message.opcode, message.data)
    out: list[bytes] = []
    start = 0
    last = len(message.frames) - 1
    for index, size in enumerate(message.frames):
        end = len(message.data) if index == last else start + size
        first = (_FINAL if index == last else 0) | (_CONTINUED if index else message.opcode)
        out.append(_masked_frame(first, message.data[start:end]))
        start = end
    return b"".join(out)


def _masked_frame(first: int, payload: bytes) -> bytes:
    size = len(payload)
    if size <= _LONGEST_CONTROL:
        head = bytes((first, _MASKED | size))
    elif size < 1 << 16:
        head = bytes((first, _MASKED | 126)) + size.to_bytes(2, "big")
    else:
        head = bytes((first, _MASKED | 127)) + size.to_bytes(8, "big")
    key = os.urandom(4)
    return head + key + apply_mask(payload, key)
