"""`SocketSchedule`: when the lines of one socket are due, at the player's speed."""

from __future__ import annotations

from collections.abc import Callable

from harness.replay.pace import Pace
from harness.replay.socket_playback import SocketPlayback


class SocketSchedule:
    """Computes when each line is due: its recorded time after the client's last message before it.

    Args:
        play: The socket.
        pace: The speed.
        began: Time of the upgrade request in seconds, on the socket's clock.
        now: That clock.
    """

    def __init__(self, play: SocketPlayback, pace: Pace, began: float, now: Callable[[], float]) -> None:
        self._play = play
        self._pace = pace
        self._began = began
        self._now = now
        self._received: list[float] = []

    def message_received(self) -> None:
        """Note the time of one more matched message of the client."""
        self._received.append(self._now())

    def until_line(self, k: int) -> float:
        """Seconds until server line ``k`` is due; 0 if it is due now."""
        gate = self._play.gate(k) if self._pace.factor is not None else None
        return self.until(-1 if gate is None else gate[0], self._play.line(k).time)

    def until(self, number: int, time: int) -> float:
        """Seconds until something is due that the server did after a message of the client; 0 if it is due now.

        Args:
            number: The message, from 0; -1 is the upgrade.
            time: When the server did it, in microseconds since the upgrade.
        """
        if self._pace.factor is None:
            return 0.0
        tape = self._play.tape
        if number < 0:
            base, recorded = self._began, 0
        else:
            base, recorded = self._received[number], tape.lines[tape.client_positions[number]].time
        return max(0.0, base + self._pace.seconds(time - recorded) - self._now())

    def due(self, count: int) -> int:
        """How many of the next ``count`` lines are due now, if the first is."""
        if self._pace.factor is None:
            return count
        start = self._play.sent
        due = 1
        while due < count and not self.until_line(start + due):
            due += 1
        return due
