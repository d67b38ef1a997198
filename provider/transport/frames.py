"""Reads and writes the messages of one open WebSocket over libcurl's frames; for both transports, and never waits."""

from __future__ import annotations

import itertools
from collections import deque
from typing import TYPE_CHECKING, Any, Final

from provider.transport.errors import (
    AGAIN,
    GOT_NOTHING,
    ProtocolError,
    SocketEndedError,
    TooLargeError,
    TransportError,
    code_of,
    detail_of,
    is_protocol_complaint,
)
from provider.websocket import MAX_MESSAGE_FRAMES, Ended, Message, Opcode, decode_close, encode_close, is_utf8

if TYPE_CHECKING:
    from curl_cffi import Curl

# libcurl's CURLWS_ flags.
TEXT: Final = 1
BINARY: Final = 2
CONTINUED: Final = 4
CLOSE: Final = 8
PING: Final = 16
PONG: Final = 64

_FLAG_OF: Final = {
    Opcode.TEXT: TEXT,
    Opcode.BINARY: BINARY,
    Opcode.CLOSE: CLOSE,
    Opcode.PING: PING,
    Opcode.PONG: PONG,
}
_BATCH: Final = 64
"""Frames between two looks at the deadline. Each read lets other threads run, and a busy one takes 5 ms."""
_BATCH_BYTES: Final = 4 * 1024 * 1024


class FrameWriter:
    """Queues frames, so that a frame that libcurl took in part is completed before the next one."""

    def __init__(self, curl: Curl) -> None:
        self._queue: deque[tuple[memoryview, int]] = deque()
        self._begun = False
        self._send: Any = curl.ws_send

    def put(self, payload: bytes, flags: int) -> None:
        """Queue a frame."""
        self._queue.append((memoryview(payload), flags))

    def put_pong(self, payload: bytes) -> None:
        """Queue a pong, in place of a queued one: RFC 6455 §5.5.3 requires only the newest."""
        queue = self._queue
        if queue and queue[-1][1] == PONG and not (self._begun and len(queue) == 1):
            queue.pop()
        self.put(payload, PONG)

    def flush(self) -> bool:
        """Send as much as libcurl takes. Returns whether the queue is empty.

        Raises:
            SocketEndedError: The connection has ended.
        """
        queue = self._queue
        while queue:
            rest, flags = queue[0]
            self._begun = True
            try:
                sent = self._send(rest, flags)
            except Exception as error:
                if code_of(error) == AGAIN:
                    return False
                raise SocketEndedError(Ended("reset")) from error
            if sent >= len(rest):
                queue.popleft()
                self._begun = False
            elif sent:
                queue[0] = (rest[sent:], flags)
            else:
                return False
        return True


class MessageReader:
    """Assembles received frames to messages, and queues the replies to pings and close frames.

    Attributes:
        messages: Received messages that nobody has read yet.
        failure: The error that follows them; None while the socket is open.
        pongs: Payloads of unanswered pings.
    """

    def __init__(self, curl: Curl, max_message_bytes: int, *, answer_pings: bool = True) -> None:
        self._answer_pings = answer_pings
        self.messages: deque[Message] = deque()
        self.failure: TransportError | None = None
        self.pongs: deque[bytes] = deque()
        self.close_reply: bytes | None = None
        self._receive: Any = curl.ws_recv
        self._limit = max_message_bytes
        self._pieces: list[bytes] = []
        self._frames: list[int] = []
        self._frame_size = 0
        self._size = 0
        self._control = b""

    def drain(self) -> bool:
        """Read what has arrived, up to a batch. An error becomes ``failure``, after the messages before it.

        Returns:
            Whether there may be more. More data can be in libcurl's buffer, where no wait on the descriptor sees it.
        """
        if self.failure is not None:
            return False
        receive = self._receive
        add = self.messages.append
        text, text_flag = Opcode.TEXT, TEXT
        pieces, frames, limit = self._pieces, self._frames, self._limit
        taken = 0
        try:
            for _ in range(_BATCH):
                piece, frame = receive()
                flags = frame.flags
                if flags == text_flag and not frame.bytesleft and not pieces and not frames:
                    if len(piece) > limit:
                        self._too_large(f"A message is larger than {self._limit} bytes")
                        return False
                    add(Message(text, piece))
                elif not self._piece(piece, flags, frame.bytesleft):
                    return False
                taken += len(piece)
                if taken > _BATCH_BYTES:
                    break
        except Exception as error:  # noqa: BLE001  # curl's errors have no common root across versions
            self._fail(error)
            return False
        return True

    def _piece(self, piece: bytes, flags: int, left: int) -> bool:
        """Add a piece of a message or a control frame. Returns False when the socket has ended."""
        if flags & (CLOSE | PING | PONG):
            self._control += piece
            if left:
                return True
            payload, self._control = self._control, b""
            return self._control_frame(payload, flags)
        self._pieces.append(piece)
        self._frame_size += len(piece)
        self._size += len(piece)
        if self._size + left > self._limit:
            self._too_large(f"A message is larger than {self._limit} bytes")
            return False
        if left:
            return True
        self._frames.append(self._frame_size)
        if len(self._frames) > MAX_MESSAGE_FRAMES:
            self._too_large(f"A message has more than {MAX_MESSAGE_FRAMES} frames")
            return False
        self._frame_size = 0
        if not flags & CONTINUED:
            opcode = Opcode.BINARY if flags & BINARY else Opcode.TEXT
            frames = tuple(self._frames) if len(self._frames) > 1 else ()
            self.messages.append(Message(opcode, b"".join(self._pieces), frames))
            self._pieces.clear()
            self._frames.clear()
            self._size = 0
        return True

    def _control_frame(self, payload: bytes, flags: int) -> bool:
        if flags & CLOSE:
            ended = decode_close(payload)
            if len(payload) == 1 or (ended.code is not None and not _may_be_sent(ended.code)):
                self._breach("the close frame is invalid")
            else:
                self.close_reply = encode_close(ended.code if is_utf8(payload[2:]) else 1007)
                self.failure = SocketEndedError(ended)
            return False
        if flags & PING and self._answer_pings:
            self.pongs.append(payload)
        self.messages.append(Message(Opcode.PING if flags & PING else Opcode.PONG, payload))
        return True

    def answer_through(self, outgoing: FrameWriter) -> None:
        """Send pongs and the reply to a close frame. If the connection has ended, the next read notices that, too."""
        try:
            while self.pongs:
                outgoing.put_pong(self.pongs.popleft())
                outgoing.flush()
            if self.close_reply is not None:
                outgoing.put(self.close_reply, CLOSE)
                self.close_reply = None
            outgoing.flush()
        except SocketEndedError:
            pass

    def check(self) -> None:
        """Raise the failure, if there is one, without the traceback of an earlier raise."""
        if self.failure is not None:
            raise self.failure.with_traceback(None)

    def _breach(self, what: str) -> None:
        self.failure = ProtocolError(f"The service broke the WebSocket protocol: {what}")
        self.close_reply = encode_close(1002)

    def _too_large(self, what: str) -> None:
        self._pieces.clear()
        self._frames.clear()
        self.failure = TooLargeError(what)
        self.close_reply = encode_close(1009)

    def _fail(self, error: Exception) -> None:
        code = code_of(error)
        if code == AGAIN:
            return
        if is_protocol_complaint(error):
            self._breach(detail_of(error))
        else:
            # An end of the stream within a frame is reported as a receive error without an error of the system.
            quiet = code == GOT_NOTHING or "Failure when receiving" in str(error) or "EOF" in str(error)
            self.failure = SocketEndedError(Ended("eof" if quiet else "reset"))
        if self.failure is not None:
            self.failure.__cause__ = error


def frames_of(message: Message) -> list[tuple[bytes, int]]:
    """Return the frames of a message, with libcurl's flags for each."""
    flag = _FLAG_OF[message.opcode]
    if len(message.frames) < 2:
        return [(message.data, flag)]
    starts = itertools.accumulate(message.frames[:-1], initial=0)
    cuts = [*starts, len(message.data)]
    pieces = [message.data[start:end] for start, end in itertools.pairwise(cuts)]
    return [*((piece, flag | CONTINUED) for piece in pieces[:-1]), (pieces[-1], flag)]


def _may_be_sent(code: int) -> bool:
    """Whether a close frame may have a code (RFC 6455 §7.4)."""
    return 1000 <= code <= 1003 or 1007 <= code <= 1014 or 3000 <= code <= 4999
