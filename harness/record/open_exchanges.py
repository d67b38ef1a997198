"""`OpenExchanges`: which exchanges of a recording have not ended, and which the client has just broken off."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

from harness.record.events import Event, ExchangeAborted, RequestBegan, ResponseEnded, SocketEnded
from provider.clock import monotonic

JUST_NOW: Final = 0.5
"""Seconds. Ctrl-C reaches COMMAND and the recorder at once: COMMAND may close its connections first."""


class OpenExchanges:
    """Keeps the numbers of the exchanges that have begun and not ended.

    Args:
        clock: Returns seconds.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._open: set[int] = set()
        self._broken: deque[float] = deque(maxlen=1)

    def observe(self, seen: Event) -> None:
        """Update the open exchanges by an event, with which one may begin or end."""
        match seen:
            case RequestBegan():
                self._open.add(seen.exchange)
            case ExchangeAborted() | ResponseEnded() | SocketEnded():
                self._open.discard(seen.exchange)
                if _is_clients_break(seen):
                    self._broken.append(self._clock())
            case _:
                pass

    def any_open(self) -> bool:
        """Whether an exchange is open, or was until the client broke it off within the last `JUST_NOW` seconds."""
        return bool(self._open) or any(self._clock() - at < JUST_NOW for at in self._broken)


def _is_clients_break(seen: ExchangeAborted | ResponseEnded | SocketEnded) -> bool:
    match seen:
        case ExchangeAborted():
            return seen.by == "client"
        case ResponseEnded():
            return seen.by == ">" and seen.kind != "whole"
        case _:
            return seen.direction == ">"
