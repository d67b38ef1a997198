"""A client's frames become messages."""

from __future__ import annotations

from typing import Final

from websockets.frames import Frame
from websockets.frames import Opcode as FrameOpcode

from provider.websocket import Message, Opcode

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
