"""`ValueEvidence`: where a value occurs in a cassette: who sent it first, and whether it occurs again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import chain

from harness.cassette.model import Cassette, SocketExchange
from harness.replay.entries import ReplayEntry


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
        self._issued: dict[bytes, tuple[int, int] | None] = {}
        self._held: dict[bytes, bool] = {}
        self._back: dict[tuple[bytes, int], bool] = {}

    def issued_before(self, value: str, entry: ReplayEntry, moment: int) -> bool:
        """Whether the service sent a value before the client of an exchange sent it, at that moment.

        Equal times count in the order of the file, as cassettes written by hand need no times.
        """
        named = self._first_named(value.encode("utf-8", "surrogatepass"))
        if named is None:
            return False
        # A response follows its request even at the same time; a socket may begin with a line that the client repeats.
        return named < (moment, entry.index) or (entry.tape is not None and named == (moment, entry.index))

    def _first_named(self, raw: bytes) -> tuple[int, int] | None:
        if raw not in self._issued:
            moments = ((moment, entry.index) for entry in self._entries for moment in _named_at(entry, raw))
            self._issued[raw] = min(moments, default=None)
        return self._issued[raw]

    def holds(self, value: str) -> bool:
        """Whether a value occurs anywhere in the recording: then it is not new in a replay."""
        raw = value.encode("utf-8", "surrogatepass")
        if raw not in self._held:
            self._held[raw] = any(
                raw in payload
                for entry in self._entries
                for payload in chain(entry.client_payloads(), entry.service_payloads())
            )
        return self._held[raw]

    def comes_back(self, value: str, entry: ReplayEntry) -> bool:
        """Whether a value of a request occurs in its response, or in a later request or message of a client."""
        raw = value.encode("utf-8", "surrogatepass")
        key = raw, entry.index
        if key not in self._back:
            self._back[key] = self.comes_later(value, entry) or any(raw in each for each in entry.service_payloads())
        return self._back[key]

    def comes_later(self, value: str, entry: ReplayEntry) -> bool:
        """Whether a value of a request occurs in a later request or message of a client."""
        raw = value.encode("utf-8", "surrogatepass")
        own = entry.tape.client_messages if entry.tape is not None else ()
        if any(raw in message.data for message in own):
            return True
        return any(
            raw in payload
            for other in self._entries
            if other is not entry and other.exchange.at >= entry.exchange.at
            for payload in other.client_payloads()
        )


def _named_at(entry: ReplayEntry, raw: bytes) -> Iterator[int]:
    at, response = entry.exchange.at, entry.exchange.response
    if response is not None:
        if raw in response.body.data or any(raw in value.encode("latin-1", "replace") for _, value in response.headers):
            yield at + response.after
        yield from (at + line.time for line in response.stream or () if line.direction == "<" and raw in line.data)
    if isinstance(entry.exchange, SocketExchange):
        yield from (at + line.time for line in entry.exchange.messages if line.direction == "<" and raw in line.data)
