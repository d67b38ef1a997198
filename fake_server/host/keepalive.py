"""Keepalive of one WebSocket: pings of the server's own, and an end for clients that are gone or idle."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

PONG_MISSING: Final = 1011
"""As WebSocket libraries close a connection whose pings nobody answers."""
IDLE: Final = 1001


@dataclass(frozen=True, slots=True, kw_only=True)
class Keepalive:
    """What a server does on its own on an open socket; nothing, unless told otherwise. Times in seconds.

    Attributes:
        ping_interval: Between a pong, or the beginning, and the server's next ping.
        idle_timeout: How long nobody need say anything. Messages of both sides count, and the client's pings; the
            server's pings and what answers them do not.
    """

    ping_interval: float | None = None
    idle_timeout: float | None = None


class Heartbeat:
    """The clock of one socket.

    Args:
        keepalive: What to do.
        patience: Seconds for the answer to a ping.
        ping: Sends a ping with that payload.
        is_stuck: Whether an answer could not be seen at present, because this side does not read or its ping has not
            left.
        fail: Ends the socket with that code and reason.
    """

    def __init__(
        self,
        keepalive: Keepalive,
        patience: float,
        *,
        ping: Callable[[bytes], None],
        is_stuck: Callable[[], bool],
        fail: Callable[[int, str], None],
    ) -> None:
        self._keepalive = keepalive
        self._patience = patience
        self._ping = ping
        self._is_stuck = is_stuck
        self._fail = fail
        self._loop = asyncio.get_running_loop()
        self._count = 0
        self._awaited: bytes | None = None
        self._beat: asyncio.TimerHandle | None = None
        self._idle: asyncio.TimerHandle | None = None
        self._last = self._loop.time()
        self._await_beat()
        if keepalive.idle_timeout is not None:
            self._idle = self._loop.call_later(keepalive.idle_timeout, self._on_idle)

    def touch(self) -> None:
        """Somebody said something."""
        self._last = self._loop.time()

    def took_pong(self, payload: bytes) -> bool:
        """Whether that pong answers this side's last ping; then it is nobody else's."""
        if self._awaited is None or payload != self._awaited:
            return False
        self._awaited = None
        self._await_beat()
        return True

    def stop(self) -> None:
        """The socket is over; may be called twice."""
        for timer in (self._beat, self._idle):
            if timer is not None:
                timer.cancel()

    def _await_beat(self) -> None:
        if self._beat is not None:
            self._beat.cancel()
        if self._keepalive.ping_interval is not None:
            self._beat = self._loop.call_later(self._keepalive.ping_interval, self._on_beat)

    def _on_beat(self) -> None:
        self._count += 1
        self._awaited = b"wiretape %d" % self._count
        self._beat = self._loop.call_later(self._patience, self._on_silence)
        self._ping(self._awaited)

    def _on_silence(self) -> None:
        if self._is_stuck():
            self._beat = self._loop.call_later(self._patience, self._on_silence)
        else:
            self._fail(PONG_MISSING, "keepalive ping timeout")

    def _on_idle(self) -> None:
        assert self._keepalive.idle_timeout is not None, "no timer without a time"
        left = self._last + self._keepalive.idle_timeout - self._loop.time()
        if left > 0:
            self._idle = self._loop.call_later(left, self._on_idle)
        else:
            self._fail(IDLE, "idle")
