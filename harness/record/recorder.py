"""`Recorder`: events in, a cassette out. It has no clock, and no I/O except its log's."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

import msgspec

from harness.cassette.model import Cassette, Recorded
from harness.cassette.payloads import LARGEST_IN_MEMORY, PayloadStore, with_stored_bodies
from harness.record.assembly import Assembled, assemble
from harness.record.errors import EventError
from harness.record.event_runs import MayChange
from harness.record.events import Event, Piece, RequestBegan, RequestBody, ResponsePieces
from harness.record.large_bodies import LargeBodies, LargeBody, body_pieces, large_bodies_in, without_pieces
from harness.record.spool import EventLog

STREAM_AFTER: Final = 500_000
"""Microseconds: a body without a content length is recorded as a stream if its pieces arrive over a longer time."""


class Recorder:
    """Collects the events of a session, and assembles exchanges from them.

    It keeps the events themselves, in order, and nothing derived from them. So events can be redacted again when a
    secret is learned late, and a journal can be replayed into another recorder.

    Args:
        stream_after: Microseconds after which a body counts as a stream; see `STREAM_AFTER`.
        log: Keeps the events; None for a new log.
    """

    def __init__(self, *, stream_after: int = STREAM_AFTER, log: EventLog | None = None) -> None:
        self._log = EventLog() if log is None else log
        self._counts: dict[int, int] = {}
        """The number of events of each exchange."""
        self._stream_after = stream_after

    def observe(self, observation: Event) -> None:
        """Add one event.

        Raises:
            EventError: Its exchange has not begun, or begins a second time.
        """
        begins = isinstance(observation, RequestBegan)
        if begins == (observation.exchange in self._counts):
            what = "begins again" if begins else "has not begun"
            raise EventError(
                f"exchange {observation.exchange} {what}: the observer reported its events in a wrong order"
            )
        self._counts[observation.exchange] = self._counts.get(observation.exchange, 0) + 1
        self._log.append(observation)

    def events(self) -> EventLog:
        """All events, in order."""
        return self._log

    def rewrite(self, change: Callable[[Event], Event], may_change: MayChange = lambda _: True) -> int:
        """Replace events; returns how many changed. See `EventLog.rewrite`."""
        return self._log.rewrite(change, may_change)

    def cassette(
        self,
        recorded: Recorded,
        *,
        redacted: Sequence[str] = (),
        now: int | None = None,
        store: PayloadStore | None = None,
    ) -> Cassette:
        """The session so far.

        Exchanges are ordered by when they began. No two events have the same microsecond: equal times are moved by one,
        in the order of the events. Open exchanges are cut, and make the cassette incomplete.

        Args:
            recorded: The cassette's date, client and origin; its ``complete`` becomes False if an exchange was cut.
            redacted: Labels of the secrets that were replaced.
            now: When the session ended, microseconds since it began; by default at the last event.
            store: Keeps the bodies that go to side files; None to keep them in memory.
        """
        times = unique_times(self._log)
        until = max(now or 0, max(times, default=0))
        logs = defaultdict[int, list[Event]](list)
        done: list[Assembled] = []
        large = frozenset[LargeBody]()
        if store is not None and self._log.spilled > LARGEST_IN_MEMORY:
            large = large_bodies_in(self._log)
        for observation in with_times(self._log, times):
            number = observation.exchange
            is_large = (number, type(observation)) in large
            logs[number].append(without_pieces(observation) if is_large else observation)
            if len(logs[number]) == self._counts[number]:
                # At once, so that only the events of exchanges that overlap are in memory beside the assembled ones.
                bodies = LargeBodies() if store is None else self._large_bodies(number, large, store)
                one = assemble(logs.pop(number), now=until, stream_after=self._stream_after, large=bodies)
                done.append(one if store is None else replace(one, exchange=with_stored_bodies(one.exchange, store)))
        done.sort(key=lambda one: one.exchange.at)
        return Cassette(
            recorded=msgspec.structs.replace(
                recorded, complete=recorded.complete and all(one.complete for one in done)
            ),
            exchanges=tuple(one.exchange for one in done),
            redacted=tuple(redacted),
        )

    def _large_bodies(self, number: int, large: frozenset[LargeBody], store: PayloadStore) -> LargeBodies:
        """Put the large bodies of an exchange into the store."""
        sent, received = (
            store.put_pieces(body_pieces(self._log, body)) if (body := (number, kind)) in large else None
            for kind in (RequestBody, ResponsePieces)
        )
        return LargeBodies(sent, received)


def with_times(log: Iterable[Event], times: Iterable[int]) -> Iterator[Event]:
    """The same events with these times; see `unique_times`."""
    rest = iter(times)
    for observation in log:
        if not isinstance(observation, ResponsePieces):
            yield msgspec.structs.replace(observation, at=next(rest))
            continue
        pieces = tuple(Piece(next(rest), piece.data) for piece in observation.pieces)
        at = pieces[-1].at if pieces else observation.at
        yield msgspec.structs.replace(observation, at=at, pieces=pieces)


def unique_times(log: Iterable[Event]) -> Sequence[int]:
    """Unique times, which never decrease within an exchange: one for each event or, of a body, for each piece."""
    moments = array("q")
    latest: dict[int, int] = {}
    for observation in log:
        for piece in observation.pieces if isinstance(observation, ResponsePieces) else (observation,):
            at = max(piece.at, latest.get(observation.exchange, 0))
            latest[observation.exchange] = at
            moments.append(at)
    before = -1
    for index in sorted(range(len(moments)), key=moments.__getitem__):
        before = moments[index] = max(moments[index], before + 1)
    return moments
