"""`EventLog`: the events of a session in order, in memory while they are few, then in a file."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from harness.record.event_runs import EventRuns, MayChange, event_runs
from harness.record.events import (
    Event,
    MessagePassed,
    RequestBegan,
    RequestBody,
    ResponseBegan,
    ResponsePieces,
)
from harness.record.spill_file import SpillFile

SPILL_AFTER: Final = 8 << 20
"""Bytes of events that are kept in memory."""
_BUFFERED: Final = 1 << 20
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Event).decode


class EventLog:
    """Events that are appended one by one, and can be iterated in order any number of times. Not thread-safe.

    Beyond `SPILL_AFTER` bytes they are spilled to a file without a name, which vanishes with the log. If the disk is
    full, the rest stays in memory.

    Args:
        directory: Folder of that file, created private to its owner when needed; None for the system's temporary one.
        spill_after: Bytes; see `SPILL_AFTER`.
    """

    def __init__(self, directory: Path | None = None, *, spill_after: int = SPILL_AFTER) -> None:
        self._directory = directory
        self._spill_after = spill_after
        self._file: SpillFile | None = None
        self._file_runs: _FileRuns | None = None
        self._recent: list[Event] = []
        self._runs = EventRuns()
        self._recent_bytes = 0
        self._count = 0
        self._may_spill = True

    @property
    def spilled(self) -> int:
        """Bytes in the file."""
        return 0 if self._file is None else self._file.size

    def append(self, observation: Event) -> None:
        """Add one event; when memory holds too many, they move to the file."""
        self._recent.append(observation)
        self._recent_bytes += _size(observation)
        self._count += 1
        room = self._spill_after if self._file is None else min(self._spill_after, _BUFFERED)
        if self._recent_bytes > room and self._may_spill:
            self._spill()

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Event]:
        for raw in self._raw():
            yield _decode(raw)
        yield from self._recent

    def rewrite(self, change: Callable[[Event], Event], may_change: MayChange = lambda _: True) -> int:
        """Replace events; returns how many changed.

        Args:
            change: Returns the new event, or the old one.
            may_change: Whether events may change, by their runs; the others are not passed on.
        """
        changed = 0
        if self._file is not None and self._may_change_in_file(self._file, may_change):
            changed = self._rewrite_file(change)
        for index in list(self._runs.candidates(self._recent, may_change)):
            old = self._recent[index]
            new = change(old)
            if new is not old and new != old:
                self._recent[index] = new
                self._runs.replace(index, new)
                changed += 1
        return changed

    def close(self) -> None:
        """Delete the file and all events. Idempotent."""
        file, self._file = self._file, None
        self._recent, self._recent_bytes, self._count = [], 0, 0
        self._runs = EventRuns()
        if file is not None:
            file.close()
        self._drop_file_runs()

    def _raw(self) -> Iterator[bytes]:
        return iter(()) if self._file is None else self._file.records()

    def _spill(self) -> None:
        try:
            if self._file is None:
                self._file = SpillFile(self._directory)
            self._file.append(map(_encode, self._recent))
        except OSError:
            self._may_spill = False  # the disk is full: these events and all later ones stay in memory
            return
        self._recent, self._recent_bytes = [], 0
        self._runs = EventRuns()

    def _may_change_in_file(self, file: SpillFile, may_change: MayChange) -> bool:
        try:
            if self._file_runs is None:
                self._file_runs = _FileRuns(file, self._directory)
            return self._file_runs.may_change(may_change)
        except OSError:
            self._drop_file_runs()
            return True  # the disk is full: without the runs every event is looked at

    def _drop_file_runs(self) -> None:
        runs, self._file_runs = self._file_runs, None
        if runs is not None:
            runs.close()

    def _rewrite_file(self, change: Callable[[Event], Event]) -> int:
        changed = 0
        # A larger buffer: a small one would write each event on its own.
        fresh = EventLog(self._directory, spill_after=min(self._spill_after, _BUFFERED))
        with contextlib.closing(fresh):
            for raw in self._raw():
                old = _decode(raw)
                new = change(old)
                changed += new is not old and new != old
                fresh.append(new)
            if changed:
                self._take(fresh)
        return changed

    def _take(self, other: EventLog) -> None:
        """Move all events of another log here, in place of the events that were in this log's file."""
        assert self._file is not None
        self._file.close()
        self._drop_file_runs()
        self._file, other._file = other._file, None
        self._recent = [*other._recent, *self._recent]
        self._runs = EventRuns()
        self._recent_bytes += other._recent_bytes
        self._may_spill = self._may_spill and other._may_spill


class _FileRuns:
    """A file with the runs (see `runs_of`) of those events that the log has moved from memory to its file.

    A search of the runs finds the events that may hold a secret which the recorder learned after them. A recording
    has this file only if it learns a secret that late.

    Args:
        events: The events, to which others may be appended.
        directory: Where the file is created; see `SpillFile`.

    Raises:
        OSError: The file cannot be created.
    """

    def __init__(self, events: SpillFile, directory: Path | None) -> None:
        self._events = events
        self._upto = 0
        self._runs = SpillFile(directory)
        self.close = self._runs.close

    def may_change(self, may_change: MayChange) -> bool:
        """Whether a redaction may change one of the events, judged by the runs in the file.

        Raises:
            OSError: The runs cannot be written.
        """
        if self._upto < self._events.size:
            self._runs.append(_joined(event_runs(_decode(raw)) for raw in self._events.records(self._upto)))
            self._upto = self._events.size
        return any(map(may_change, self._runs.records()))


def _joined(runs: Iterator[bytes]) -> Iterator[bytes]:
    """The runs in records of about a mebibyte."""
    some: list[bytes] = []
    size = 0
    for each in runs:
        some.append(each)
        size += len(each)
        if size >= _BUFFERED:
            yield b"\n".join(some)
            some, size = [], 0
    if some:
        yield b"\n".join(some)


def _size(observation: Event) -> int:
    """The event's size in memory, roughly, in bytes."""
    match observation:
        case ResponsePieces():
            return 200 + sum(100 + len(piece.data) for piece in observation.pieces)
        case RequestBody() | MessagePassed():
            return 200 + len(observation.data)
        case RequestBegan() | ResponseBegan():
            return 200 + sum(150 + len(name) + len(value) for name, value in observation.headers)
        case _:
            return 200
