"""`ValueEvidence`: where a value occurs in a cassette: who sent it first, and whether it occurs again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import chain
from typing import TypeAlias

from harness.cassette.model import Cassette, SocketExchange
from harness.replay.entries import ReplayEntry
from harness.replay.spelling import is_plain, needle, pattern

Finder: TypeAlias = Callable[[bytes], bool]
"""Whether a payload holds one value, in any spelling."""


def recorded_at(cassette: Cassette) -> float:
    """When a session was recorded, in seconds since 1970; 0 if its head does not say."""
    try:
        return datetime.fromisoformat(cassette.recorded.at).timestamp()
    except ValueError:
        return 0.0


class ValueEvidence:
    """Searches one cassette for values, each once.

    Times are microseconds since the session began.
    """

    def __init__(self, cassette: Cassette, entries: Sequence[ReplayEntry]) -> None:
        self.began = recorded_at(cassette)
        self._entries = entries
        self._issued: dict[str, tuple[int, int] | None] = {}
        self._held: dict[str, bool] = {}
        self._back: dict[tuple[str, int], bool] = {}

    def issued_before(self, value: str, entry: ReplayEntry, moment: int) -> bool:
        """Whether the service sent a value before the client of an exchange sent it, at that moment.

        Equal times count in the order of the file, as cassettes written by hand need no times.
        """
        named = self._first_named(value)
        if named is None:
            return False
        # A response follows its request even at the same time; a socket may begin with a line that the client repeats.
        return named < (moment, entry.index) or (entry.tape is not None and named == (moment, entry.index))

    def _first_named(self, value: str) -> tuple[int, int] | None:
        if value not in self._issued:
            holds = _finder(value)
            moments = ((moment, entry.index) for entry in self._entries for moment in _named_at(entry, holds))
            self._issued[value] = min(moments, default=None)
        return self._issued[value]

    def holds(self, value: str) -> bool:
        """Whether a value occurs anywhere in the recording: then it is not new in a replay."""
        if value not in self._held:
            holds = _finder(value)
            self._held[value] = any(
                holds(payload)
                for entry in self._entries
                for payload in chain(entry.client_payloads(), entry.service_payloads())
            )
        return self._held[value]

    def comes_back(self, value: str, entry: ReplayEntry) -> bool:
        """Whether a value of a request occurs in its response, or in a later request or message of a client."""
        key = value, entry.index
        if key not in self._back:
            holds = _finder(value)
            sent = chain(entry.service_payloads(), entry.response_values())
            self._back[key] = self.comes_later(value, entry) or any(holds(each) for each in sent)
        return self._back[key]

    def is_echoed(self, value: str, entry: ReplayEntry) -> bool:
        """Whether a value occurs in what the service sent on the same exchange."""
        holds = _finder(value)
        return any(holds(each) for each in entry.service_payloads())

    def is_queried_again(self, value: str, entry: ReplayEntry) -> bool:
        """Whether the query of another request has the same value, which may be bytes that are no text."""
        return any(
            value == other_value
            for other in self._entries
            if other is not entry
            for _, other_value in other.request.query
        )

    def comes_later(self, value: str, entry: ReplayEntry) -> bool:
        """Whether a value of a request occurs in a later request or message of a client."""
        holds = _finder(value)
        own = entry.tape.client_messages if entry.tape is not None else ()
        if any(holds(message.data) for message in own):
            return True
        return any(
            holds(payload)
            for other in self._entries
            if other is not entry and other.exchange.at >= entry.exchange.at
            for payload in other.client_payloads()
        )


def _finder(value: str) -> Finder:
    """Finds a value in payloads: a query writes ``%3D%3D`` where a JSON body has the ``==`` of base64."""
    raw = value.encode("utf-8", "surrogatepass")
    if is_plain(value):
        return lambda payload: raw in payload
    sign, spelled = needle(value), re.compile(pattern(value))
    return lambda payload: raw in payload or (sign in payload and spelled.search(payload) is not None)


def _named_at(entry: ReplayEntry, holds: Finder) -> Iterator[int]:
    at, response = entry.exchange.at, entry.exchange.response
    if response is not None:
        if holds(response.body.searched) or any(map(holds, entry.response_values())):
            yield at + response.after
        yield from (at + line.time for line in response.stream or () if line.direction == "<" and holds(line.data))
    if isinstance(entry.exchange, SocketExchange):
        yield from (at + line.time for line in entry.exchange.messages if line.direction == "<" and holds(line.data))
