"""The journal: what a recording has taken in, on disk at once, so that a killed recording loses nothing.

Records (`journal_lines`) are redacted before they come here; the file is its owner's only (0600), lies in the user's
state directory (never in a repository), and is removed once the cassette is written. Appended lines are handed to the
operating system at once, and brought to the disk within a bounded time; or, if it is durable, before `append` returns.
"""

from __future__ import annotations

import contextlib
import secrets
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from harness.record.errors import JournalError
from harness.record.journal_file import JournalFile, sync_directory
from harness.record.journal_format import JournalHead, JournalRecord, line
from harness.record.state_dir import SUFFIX, UNFINISHED, state_directory

SYNC_INTERVAL: Final = 0.25
"""Seconds within which the bringing of an appended record to the disk begins; before that it survives a killed
process, not a power cut."""
_JOIN_TIMEOUT: Final = 10.0


class Journal:
    """A journal being written. Close or remove it; both may be called again. May be used from several threads.

    Args:
        head: Its first line.
        directory: Where; made if it is missing, for its owner only.
        sync_interval: See `SYNC_INTERVAL`.
        durable: `append` returns when the record is on the disk. Those that wait at the same time share one
            synchronisation.
        create: Makes its file.

    Raises:
        OSError: It cannot be created.
    """

    def __init__(
        self,
        head: JournalHead,
        directory: Path | None = None,
        *,
        sync_interval: float = SYNC_INTERVAL,
        durable: bool = False,
        create: Callable[[Path], JournalFile] = JournalFile,
    ) -> None:
        folder = state_directory() if directory is None else directory
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path = folder / f"{Path(head.cassette).stem[:60]}-{secrets.token_hex(6)}{SUFFIX}"
        self._head = line(head)
        self._interval = sync_interval
        self._durable = durable
        self._create = create
        self._lock = threading.Lock()
        self._wake = threading.Condition(self._lock)
        self._syncing = threading.Lock()
        self._written = self._synced = 0
        self._failure: OSError | None = None
        self._closing = False
        self._file: JournalFile | None = self._new_file(())
        self._thread = threading.Thread(target=self._keep_synced, name="wiretape-journal", daemon=True)
        if not durable:
            self._thread.start()

    def append(self, record: JournalRecord) -> None:
        """Add one record: a killed process does not lose it from now on.

        Raises:
            OSError: The disk says no, now or to an earlier record; the journal holds what it held.
            JournalError: It is closed.
        """
        with self._lock:
            file = self._open()
            if self._failure is not None:
                raise self._failure
            file.write(line(record))
            self._written += 1
            mine = self._written
            self._wake.notify_all()
        if self._durable:
            self._sync(mine)

    def rewrite(self, records: Iterable[JournalRecord]) -> None:
        """Put these records in the place of all that were appended: on the disk on return.

        At once, or not at all. Only where the disk has no room for a second file, the old one is emptied first: what
        it held may be a secret, so it goes even if not all of its successor can be written.

        Args:
            records: Gone through twice in that case.

        Raises:
            OSError: The disk says no; the journal holds the first of these records, or it is gone.
            JournalError: It is closed.
        """
        with self._lock:
            old = self._open()
            try:
                fresh = self._new_file(records)
            except OSError:
                self._rewrite_in_place(old, records)
            else:
                old.close()
                self._file = fresh
            self._synced = self._written
            self._failure = None

    def sync(self) -> None:
        """Bring all that was appended to the disk.

        Raises:
            OSError: The disk says no.
        """
        with self._lock:
            written = self._written
        self._sync(written)

    def close(self) -> None:
        """Let go of the file, and keep it.

        Raises:
            OSError: Not all of it could be brought to the disk.
        """
        with self._lock:
            file, self._file, self._closing = self._file, None, True
            self._wake.notify_all()
        if file is not None:
            try:
                file.sync()
            finally:
                file.close()
        if self._thread.is_alive():
            self._thread.join(_JOIN_TIMEOUT)

    def remove(self) -> None:
        """Close and delete it."""
        try:
            # Gone first: while it is locked nobody takes it for one that was left behind.
            self.path.unlink(missing_ok=True)
        finally:
            with contextlib.suppress(OSError):
                self.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _open(self) -> JournalFile:
        if self._file is None:
            raise JournalError("The journal is closed")
        return self._file

    def _lines(self, records: Iterable[JournalRecord]) -> Iterator[bytes]:
        yield self._head
        yield from map(line, records)

    def _new_file(self, records: Iterable[JournalRecord]) -> JournalFile:
        """A file with these records under the journal's name, on the disk; on any error there is none."""
        place = self.path.with_suffix(UNFINISHED)
        file = self._create(place)
        try:
            file.write_all(self._lines(records))
            file.sync()
            place.replace(self.path)
        except BaseException:
            file.close()
            place.unlink(missing_ok=True)
            raise
        with contextlib.suppress(OSError):  # it has its name; whether that outlives a power cut is all that is open
            sync_directory(self.path.parent)
        return file

    def _rewrite_in_place(self, file: JournalFile, records: Iterable[JournalRecord]) -> None:
        try:
            file.clear()
        except OSError:
            self.path.unlink(missing_ok=True)
            raise
        file.write_all(self._lines(records))
        file.sync()

    def _sync(self, wanted: int) -> None:
        with self._syncing:
            with self._lock:
                if self._failure is not None:
                    raise self._failure
                file, written = self._file, self._written
                if file is None or self._synced >= wanted:
                    return
            try:
                file.sync()  # whoever appends meanwhile does not wait for the disk
            except OSError as error:
                with self._lock:
                    self._failure = error
                raise
            with self._lock:
                self._synced = max(self._synced, written)

    def _keep_synced(self) -> None:
        while True:
            with self._lock:
                self._wake.wait_for(lambda: self._closing or self._written > self._synced, 60.0)
                if self._closing:
                    return
                written = self._written
            with contextlib.suppress(OSError):  # the next `append` tells of it
                self._sync(written)
            with self._lock:
                self._wake.wait_for(lambda: self._closing, self._interval)
