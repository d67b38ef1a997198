"""`Timeline`: the actions of clients in recorded order, for cassettes with ``order: session``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from harness.cassette.model import Cassette, SocketExchange
from harness.replay.entries import is_preflight

Moment: TypeAlias = tuple[int, int, int]
"""Microseconds since the session began, number of the exchange, position of the line (-1: the request itself)."""


def _client_moments(cassette: Cassette) -> Iterable[Moment]:
    for index, exchange in enumerate(cassette.exchanges):
        if not isinstance(exchange, SocketExchange):
            # A browser caches preflight responses, and may send no preflight: nothing waits for one.
            if not is_preflight(exchange.method, exchange.request.headers):
                yield (exchange.at, index, -1)
        else:
            yield (exchange.at, index, -1)
            for position, line in enumerate(exchange.messages):
                if line.direction == ">" and line.kind in {"text", "binary"}:
                    yield (exchange.at + line.time, index, position)


class Timeline:
    """All actions of clients, and which are done: a line may be sent when all actions before it are done."""

    def __init__(self, cassette: Cassette) -> None:
        self._moments = sorted(_client_moments(cassette))
        self._place = {moment[1:]: i for i, moment in enumerate(self._moments)}
        self._done = bytearray(len(self._moments))
        self._front = 0

    def done(self, index: int, position: int = -1) -> None:
        """Note an action: the request of exchange ``index``, or the message at ``position`` of it."""
        place = self._place.get((index, position))
        if place is None:
            return
        self._done[place] = 1
        while self._front < len(self._done) and self._done[self._front]:
            self._front += 1

    def release(self, index: int, positions: Iterable[int]) -> None:
        """Count the messages at these positions as done: the connection of the exchange has ended."""
        for position in positions:
            self.done(index, position)

    def reached(self, moment: Moment) -> bool:
        """Whether all actions before that moment are done."""
        return self._front >= len(self._moments) or self._moments[self._front] > moment

    @property
    def awaited(self) -> int | None:
        """Number of the exchange that the session waits for; None at its end."""
        return self._moments[self._front][1] if self._front < len(self._moments) else None
