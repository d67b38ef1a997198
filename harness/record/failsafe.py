"""`FailsafeJournal`: a journal whose disk may fail. The session goes on, and so does its recording, in memory."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Final

from harness.record.journal import Journal
from harness.record.journal_format import Ended, JournalRecord, Learnt
from harness.record.spool import EventLog
from provider.clock import monotonic

RETRY_AFTER: Final = 10.0
"""Seconds after which a journal that failed is tried again."""
_log: Final = logging.getLogger("harness.record")


class FailsafeJournal:
    """Keeps a journal as near to a recording as the disk allows; what goes wrong is logged, and never raised.

    Args:
        journal: Owned from now on.
        observations: All that the recording holds, redacted.
        retry_after: See `RETRY_AFTER`.
        clock: Gives seconds.
    """

    def __init__(
        self,
        journal: Journal,
        observations: EventLog,
        *,
        retry_after: float = RETRY_AFTER,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._journal = journal
        self._observations = observations
        self._labels: tuple[str, ...] = ()
        self._ended: Ended | None = None
        self._retry_after = retry_after
        self._clock = clock
        self._failed_at: float | None = None
        self._kept = False

    @property
    def path(self) -> Path:
        """Where it is."""
        return self._journal.path

    @property
    def failed(self) -> bool:
        """Whether what the recording holds is not all in the journal."""
        return self._failed_at is not None

    def append(self, record: JournalRecord, labels: tuple[str, ...]) -> None:
        """Add what was observed, and the labels if they have changed."""
        if self._failed_at is None:
            new = () if labels == self._labels else (Learnt(labels),)
            self._labels = labels
            self._try(lambda: [self._journal.append(one) for one in (*new, record)])
        elif self._clock() - self._failed_at >= self._retry_after:
            self.rewrite(labels)

    def rewrite(self, labels: tuple[str, ...]) -> None:
        """Put all that the recording holds in the place of what the journal holds."""
        self._labels = labels
        before = self._failed_at
        self._failed_at = None
        self._try(lambda: self._journal.rewrite(_Records(self._observations, labels, self._ended)))
        if before is not None and self._failed_at is None:
            _log.warning("The journal %s is written again", self.path)

    def end(self, until: int, labels: tuple[str, ...]) -> None:
        """The recording ended as it should; its cassette is not written yet."""
        self._ended = Ended(until)
        if self._failed_at is None:
            self.append(self._ended, labels)

    def keep(self) -> None:
        """Close it, and leave it for later; if it failed before, it is tried once more. May be called again."""
        if self._kept:
            return
        self._kept = True
        if self._failed_at is not None:
            self.rewrite(self._labels)
        self._try(self._journal.close)

    def remove(self) -> None:
        """Close and delete it."""
        try:
            self._journal.remove()
        except OSError as error:
            _log.warning("The journal %s cannot be removed: %s", self.path, error.strerror)

    def _try(self, action: Callable[[], object]) -> None:
        try:
            action()
        except OSError as error:
            # The session goes on: its cassette may still be written.
            _log.warning("The journal %s cannot be written now: %s", self.path, error.strerror)
            self._failed_at = self._clock()


class _Records:
    """All that belongs into a journal; can be gone through again."""

    def __init__(self, observations: EventLog, labels: tuple[str, ...], ended: Ended | None) -> None:
        self._observations = observations
        self._marks = [Learnt(labels)] if labels else []
        self._end = [] if ended is None else [ended]

    def __iter__(self) -> Iterator[JournalRecord]:
        return chain(self._marks, self._observations, self._end)
