"""The sending half of one open WebSocket: frames that wait for room, in order. Shared by both sockets; never waits."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from provider.transport.errors import SocketEndedError
from provider.transport.frames import PONG
from provider.transport.translate import AGAIN, code_of
from provider.websocket import Ended

if TYPE_CHECKING:
    from curl_cffi import Curl


class Outgoing:
    """Keeps what libcurl did not take, so that a frame once begun is finished before the next one."""

    def __init__(self, curl: Curl) -> None:
        self._queue: deque[tuple[memoryview, int]] = deque()
        self._begun = False
        self._send: Any = curl.ws_send

    def put(self, payload: bytes, flags: int) -> None:
        """Append a frame."""
        self._queue.append((memoryview(payload), flags))

    def put_pong(self, payload: bytes) -> None:
        """Append a pong, in place of one that still waits: RFC 6455 §5.5.3 asks for the newest only."""
        queue = self._queue
        if queue and queue[-1][1] == PONG and not (self._begun and len(queue) == 1):
            queue.pop()
        self.put(payload, PONG)

    def flush(self) -> bool:
        """Hand over what there is room for; True when nothing is left.

        Raises:
            SocketEndedError: The connection is gone.
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
