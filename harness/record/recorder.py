"""`Recorder`: observations in, a cassette out. Without a clock, and without I/O but for what its log does."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

import msgspec

from harness.cassette.model import Cassette, Recorded
from harness.record.assembly import assemble
from harness.record.errors import EventError
from harness.record.events import Event, Piece, RequestBegan, ResponsePieces
from harness.record.spool import EventLog

STREAM_AFTER: Final = 500_000
"""Microseconds over which the pieces of a body of unstated length must come for it to be kept as a stream."""


class Recorder:
    """Gathers the observations of a session, and makes exchanges of them.

    Keeps the observations themselves, in order, and nothing derived from them: so they can be rewritten when a secret
    is learnt late, written to a journal, and read back from one.

    Args:
        stream_after: See `STREAM_AFTER`.
        log: Where they are kept; None for memory, and beyond a few megabytes a file without a name.
    """

    def __init__(self, *, stream_after: int = STREAM_AFTER, log: EventLog | None = None) -> None:
        self._log = EventLog() if log is None else log
        self._began: set[int] = set()
        self._stream_after = stream_after

    def observe(self, observation: Event) -> None:
        """Take one observation.

        Raises:
            EventError: It belongs to an exchange that has not begun, or begins one again.
        """
        begins = isinstance(observation, RequestBegan)
        if begins == (observation.exchange in self._began):
            what = "begins again" if begins else "has not begun"
            raise EventError(f"Exchange {observation.exchange} {what}")
        self._began.add(observation.exchange)
        self._log.append(observation)

    def events(self) -> EventLog:
        """All that was observed, in order."""
        return self._log

    def rewrite(self, change: Callable[[Event], Event]) -> int:
        """Put something else in the place of observations; how many changed."""
        return self._log.rewrite(change)

    def cassette(self, recorded: Recorded, *, redacted: Sequence[str] = (), now: int | None = None) -> Cassette:
        """The session so far.

        Exchanges are ordered by when they began, and no two things of a session happen in the same microsecond: what
        does is moved by one, in the order in which it was observed. What is still open is cut, and makes the cassette
        incomplete.

        Args:
            recorded: Where it comes from; its ``complete`` is narrowed by what was seen.
            redacted: Kinds of secrets that were replaced.
            now: Until when the session was observed, microseconds; by default until the last observation.
        """
        logs = defaultdict[int, list[Event]](list)
        for observation in untied(self._log):
            logs[observation.exchange].append(observation)
        until = max([now or 0, *(log[-1].at for log in logs.values())])
        done = [assemble(log, now=until, stream_after=self._stream_after) for log in logs.values()]
        done.sort(key=lambda one: one.exchange.at)
        return Cassette(
            recorded=msgspec.structs.replace(
                recorded, complete=recorded.complete and all(one.complete for one in done)
            ),
            exchanges=tuple(one.exchange for one in done),
            redacted=tuple(redacted),
        )


def untied(log: Iterable[Event]) -> Iterator[Event]:
    """The same observations with times that never decrease within an exchange, and no two alike in the session.

    Args:
        log: Gone through twice.
    """
    times = _untied_times(log)
    for observation in log:
        if not isinstance(observation, ResponsePieces):
            yield msgspec.structs.replace(observation, at=next(times))
            continue
        pieces = tuple(Piece(next(times), piece.data) for piece in observation.pieces)
        at = pieces[-1].at if pieces else observation.at
        yield msgspec.structs.replace(observation, at=at, pieces=pieces)


def _untied_times(log: Iterable[Event]) -> Iterator[int]:
    """The new times, one for each observation or, of a body, for each piece."""
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
    return iter(moments)
