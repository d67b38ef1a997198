"""`HostProtocol`: what the host changes in websockets' sans-I/O protocol."""

from __future__ import annotations

import logging
from typing import Final

from websockets.frames import Frame
from websockets.frames import Opcode as FrameOpcode
from websockets.protocol import OPEN, SERVER, Protocol

_SILENT_LOGGER: Final = logging.Logger("fake_server.host.websocket", logging.CRITICAL + 1)  # noqa: LOG001  # no configuration can turn it on
"""For websockets' protocol, whose DEBUG log contains the messages, and so tokens."""


class HostProtocol(Protocol):
    """websockets' protocol with three changes.

    Pongs are optional; `HostSocket` answers the client's close frame; and a close frame may come within a fragmented
    message (RFC 6455 §5.5.1).

    Args:
        message_bytes: The largest message of the client.
        answer_pings: Whether pings are answered.
    """

    def __init__(self, message_bytes: int, *, answer_pings: bool) -> None:
        super().__init__(SERVER, state=OPEN, max_size=message_bytes, logger=_SILENT_LOGGER)
        self._answer_pings = answer_pings
        self._is_closed_by_client = False

    def send_frame(self, frame: Frame) -> None:
        """Encode a frame to send, but no pong that the host sends itself, and no second close frame."""
        if frame.opcode is FrameOpcode.PONG and not self._answer_pings:
            return
        if frame.opcode is FrameOpcode.CLOSE and self._is_closed_by_client:
            return
        super().send_frame(frame)

    def recv_frame(self, frame: Frame) -> None:
        """Handle a received frame; of a close frame, also note that the client closed."""
        if frame.opcode is not FrameOpcode.CLOSE:
            super().recv_frame(frame)
            return
        self.current_size = None
        self._is_closed_by_client = True
        try:
            super().recv_frame(frame)
        except Exception:
            # A close frame that breaks the protocol is answered by the protocol.
            self._is_closed_by_client = False
            raise
