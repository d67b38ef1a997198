"""Keepalive of one WebSocket: the server's pings, and the end of sockets that are dead or idle."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

PONG_MISSING: Final = 1011
"""The code with which WebSocket libraries close a connection after a missing pong."""
IDLE: Final = 1001


@dataclass(frozen=True, slots=True, kw_only=True)
class Keepalive:
    """Keepalive settings, in seconds; None turns each off.

    Attributes:
        ping_interval: From the start or a pong to the server's next ping.
        idle_timeout: From the last message to the close. Messages of both sides count, and the client's pings; the
            server's pings and their pongs do not.
    """

    ping_interval: float | None = None
    idle_timeout: float | None = None


class Heartbeat:
    """The timers of one socket.

    Args:
        keepalive: The settings.
        pong_timeout: Seconds from a ping to its pong.
        ping: Sends a ping with a payload.
        read_paused: Whether a pong could not arrive at present: reading is paused, or the ping has not left yet.
        fail: Ends the socket with a code and a reason.
    """

    def __init__(
        self,
        keepalive: Keepalive,
        pong_timeout: float,
        *,
        ping: Callable[[bytes], None],
        read_paused: Callable[[], bool],
        fail: Callable[[int, str], None],
    ) -> None:
        self._keepalive = keepalive
        self._pong_timeout = pong_timeout
        self._ping = ping
        self._read_paused = read_paused
        self._fail = fail
        self._loop = asyncio.get_running_loop()
        self._count = 0
        self._awaited: bytes | None = None
        self._beat: asyncio.TimerHandle | None = None
        self._idle: asyncio.TimerHandle | None = None
        self._last = self._loop.time()
        self._schedule_ping()
        if keepalive.idle_timeout is not None:
            self._idle = self._loop.call_later(keepalive.idle_timeout, self._on_idle)

    def touch(self) -> None:
        """Note a message of either side, from which the idle timeout counts anew."""
        self._last = self._loop.time()

    def took_pong(self, payload: bytes) -> bool:
        """Note a pong; return whether it answers the server's last ping, so that the stage does not get it."""
        if self._awaited is None or payload != self._awaited:
            return False
        self._awaited = None
        self._schedule_ping()
        return True

    def stop(self) -> None:
        """Stop the timers; may be called twice."""
        for timer in (self._beat, self._idle):
            if timer is not None:
                timer.cancel()

    def _schedule_ping(self) -> None:
        if self._beat is not None:
            self._beat.cancel()
        if self._keepalive.ping_interval is not None:
            self._beat = self._loop.call_later(self._keepalive.ping_interval, self._on_ping_due)

    def _on_ping_due(self) -> None:
        self._count += 1
        self._awaited = b"wiretape %d" % self._count
        self._beat = self._loop.call_later(self._pong_timeout, self._on_pong_missing)
        self._ping(self._awaited)

    def _on_pong_missing(self) -> None:
        if self._read_paused():
            self._beat = self._loop.call_later(self._pong_timeout, self._on_pong_missing)
        else:
            self._fail(PONG_MISSING, "keepalive ping timeout")

    def _on_idle(self) -> None:
        assert self._keepalive.idle_timeout is not None, "the timer runs only with a timeout"
        left = self._last + self._keepalive.idle_timeout - self._loop.time()
        if left > 0:
            self._idle = self._loop.call_later(left, self._on_idle)
        else:
            self._fail(IDLE, "idle")
