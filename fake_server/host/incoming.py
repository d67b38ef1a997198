"""`Incoming`: assembles the client's WebSocket frames into messages (RFC 6455 §5.4), within limits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from websockets.frames import Frame
from websockets.frames import Opcode as FrameOpcode

from fake_server.host.limits import Limits
from fake_server.host.policy import HOST_RULES
from provider.websocket import Message, Opcode

_OPCODES: Final = {
    FrameOpcode.TEXT: Opcode.TEXT,
    FrameOpcode.BINARY: Opcode.BINARY,
    FrameOpcode.PING: Opcode.PING,
    FrameOpcode.PONG: Opcode.PONG,
}


class RefusedMessageError(ValueError):
    """A message breaks a rule; ``code`` is that of the close frame."""

    def __init__(self, rule: str, why: str) -> None:
        super().__init__(why)
        self.code = HOST_RULES[rule].answer


class Incoming:
    """Assembles the client's frames into messages. The protocol has checked their order; close frames stay outside.

    The protocol limits the bytes of a message. Empty frames never reach that limit, so this class limits their number
    and the time from the first one to the last.

    Args:
        limits: Number of frames, and seconds, of one message.
        check_text: Whether text must be UTF-8.
        read_paused: Whether the next frame could not arrive at present.
        fail: Ends the socket, with a code and a reason, when the rest of a message does not arrive in time.
    """

    def __init__(
        self,
        limits: Limits,
        *,
        check_text: bool,
        read_paused: Callable[[], bool],
        fail: Callable[[int, str], None],
    ) -> None:
        self._limits = limits
        self._check_text = check_text
        self._read_paused = read_paused
        self._fail = fail
        self._opcode: Opcode | None = None
        self._parts: list[bytes] = []
        self._late: asyncio.TimerHandle | None = None

    def take(self, frame: Frame) -> Message | None:
        """Add a frame; returns the message that it completes, or None.

        Raises:
            RefusedMessageError: The message has too many frames, or it is text that is not UTF-8 and ``check_text`` is
                set.
        """
        data = bytes(frame.data)
        control = frame.opcode in (FrameOpcode.PING, FrameOpcode.PONG)
        if control or (frame.fin and frame.opcode is not FrameOpcode.CONT):
            return self._checked(Message(_OPCODES[frame.opcode], data))
        if frame.opcode is not FrameOpcode.CONT:
            self._opcode = _OPCODES[frame.opcode]
            self._await_rest()
        self._parts.append(data)
        if len(self._parts) > self._limits.message_frames:
            self.stop()
            raise RefusedMessageError(
                "pieces", f"the client sent a message of more than {self._limits.message_frames} frames"
            )
        if not frame.fin:
            return None
        assert self._opcode is not None
        parts = self._parts
        self.stop()
        return self._checked(Message(self._opcode, b"".join(parts), tuple(map(len, parts))))

    def stop(self) -> None:
        """Drop an incomplete message and its timer; may be called twice."""
        self._parts = []
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _await_rest(self) -> None:
        self._late = asyncio.get_running_loop().call_later(self._limits.message_timeout, self._on_late)

    def _on_late(self) -> None:
        if self._read_paused():
            self._await_rest()
        else:
            self._fail(HOST_RULES["late"].answer, f"a message took more than {self._limits.message_timeout:g} s")

    def _checked(self, message: Message) -> Message:
        if self._check_text and message.opcode is Opcode.TEXT:
            try:
                message.data.decode()
            except UnicodeDecodeError as error:
                raise RefusedMessageError(
                    "text", f"the client's text message is not UTF-8 at byte {error.start}"
                ) from error
        return message
