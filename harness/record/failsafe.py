"""`FailsafeJournal`: a journal whose disk may fail, while the recording goes on in memory."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Final

from harness.record.journal import Journal
from harness.record.journal_format import JournalRecord, Learnt, RecordingEnded
from harness.record.spool import EventLog
from provider.clock import monotonic

RETRY_AFTER: Final = 10.0
"""Seconds after which writing a failed journal is tried again."""
_log: Final = logging.getLogger("harness.record")


class FailsafeJournal:
    """Keeps a journal as complete as the disk allows. Failures are logged, never raised.

    Args:
        journal: Owned from now on.
        events: All events of the recording, redacted; the source when the journal is written again.
        retry_after: Seconds; see `RETRY_AFTER`.
        clock: Returns seconds.
    """

    def __init__(
        self,
        journal: Journal,
        events: EventLog,
        *,
        retry_after: float = RETRY_AFTER,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._journal = journal
        self._events = events
        self._labels: tuple[str, ...] = ()
        self._ended: RecordingEnded | None = None
        self._retry_after = retry_after
        self._clock = clock
        self._failed_at: float | None = None
        self._kept = False

    @property
    def path(self) -> Path:
        """Path of the journal."""
        return self._journal.path

    @property
    def failed(self) -> bool:
        """Whether the journal lacks some of the recording's events."""
        return self._failed_at is not None

    def append(self, labels: tuple[str, ...], *records: JournalRecord) -> None:
        """Append records in one write, and before them the labels of secrets if they have changed."""
        if self._failed_at is None:
            new = () if labels == self._labels else (Learnt(labels),)
            self._labels = labels
            self._try(lambda: self._journal.append(*new, *records))
        elif self._clock() - self._failed_at >= self._retry_after:
            self.rewrite(labels)

    def rewrite(self, labels: tuple[str, ...]) -> None:
        """Write the whole journal again from the recording's events."""
        self._labels = labels
        before = self._failed_at
        self._failed_at = None
        self._try(lambda: self._journal.rewrite(_Records(self._events, labels, self._ended)))
        if before is not None and self._failed_at is None:
            _log.warning("The journal %s is written again", self.path)

    def end(self, until: int, labels: tuple[str, ...]) -> None:
        """Note that the recording ended regularly, before its cassette is written.

        Args:
            until: When it ended, microseconds since the session began.
            labels: Of its secrets.
        """
        self._ended = RecordingEnded(until)
        if self._failed_at is None:
            self.append(labels, self._ended)

    def keep(self) -> None:
        """Close the journal, and leave it for recovery. If it failed before, it is tried once more. Idempotent."""
        if self._kept:
            return
        self._kept = True
        if self._failed_at is not None:
            self.rewrite(self._labels)
        self._try(self._journal.close)

    def remove(self) -> None:
        """Close and delete the journal."""
        try:
            self._journal.remove()
        except OSError as error:
            _log.warning("The journal %s cannot be removed: %s", self.path, error.strerror)

    def _try(self, action: Callable[[], object]) -> None:
        try:
            action()
        except OSError as error:
            # The session goes on, as its cassette may still be written.
            _log.warning("The journal %s cannot be written now: %s", self.path, error.strerror)
            self._failed_at = self._clock()


class _Records:
    """All records of a journal; can be iterated more than once."""

    def __init__(self, events: EventLog, labels: tuple[str, ...], ended: RecordingEnded | None) -> None:
        self._events = events
        self._marks = [Learnt(labels)] if labels else []
        self._end = [] if ended is None else [ended]

    def __iter__(self) -> Iterator[JournalRecord]:
        return chain(self._marks, self._events, self._end)
