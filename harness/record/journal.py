"""`Journal`: every event of a recording, on the disk at once, so that a killed recording loses nothing.

Records (`journal_format`) are redacted before they are appended. The file is private to its owner (0600), lies in the
user's state directory (never in a repository), and is removed once the cassette is written. Appended lines go to the
operating system at once, and to the disk within a bounded time or, in a durable journal, before `append` returns.
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
from harness.record.state_dir import SUFFIX, UNFINISHED
from harness.user_folders import state_directory

SYNC_INTERVAL: Final = 0.25
"""Seconds after which an appended record is synced; before that it survives a killed process, but not a power cut."""
_JOIN_TIMEOUT: Final = 10.0
_LOOK_UP: Final = 60.0
"""Seconds after which the idle sync thread looks for work without being woken."""


class Journal:
    """A journal that is being written. `close` and `remove` are idempotent. May be used from several threads.

    Args:
        head: The first line.
        directory: Its folder, created private to its owner if it is missing; None for the state directory.
        sync_interval: Seconds after which an appended record is synced; see `SYNC_INTERVAL`.
        durable: Whether `append` returns only when its records are on the disk.
        create: Creates its file.

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
        self._idle = False
        self._written = self._synced = 0
        self._failure: OSError | None = None
        self._closing = False
        self._file: JournalFile | None = self._new_file(())
        self._thread = threading.Thread(target=self._keep_synced, name="wiretape-journal", daemon=True)
        if not durable:
            self._thread.start()

    def append(self, *records: JournalRecord) -> None:
        """Append records in one write. From now on a killed process does not lose them.

        Raises:
            OSError: The write failed, or the fsync of an earlier record; the journal is unchanged.
            JournalError: The journal is closed.
        """
        with self._lock:
            file = self._open()
            if self._failure is not None:
                raise self._failure
            file.write(b"".join(map(line, records)))
            self._written += len(records)
            if self._idle:  # otherwise the thread looks by itself; waking it for each record costs more than the record
                self._idle = False
                self._wake.notify()
        if self._durable:
            self.sync()

    def rewrite(self, records: Iterable[JournalRecord]) -> None:
        """Replace all records, atomically; they are on the disk on return.

        Only if the disk has no room for a second file, the old one is emptied first. It may hold a secret, so it goes
        even if its successor cannot be written completely.

        Args:
            records: Iterated twice in that case.

        Raises:
            OSError: The write failed; the journal holds the first of these records, or is gone.
            JournalError: The journal is closed.
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
        """Bring all appended records to the disk.

        Raises:
            OSError: The fsync failed, now or earlier.
        """
        with self._lock:
            if self._failure is not None:
                raise self._failure
            file, written = self._file, self._written
            if file is None or self._synced >= written:
                return
        try:
            file.sync()  # outside the lock: other threads go on appending
        except OSError as error:
            with self._lock:
                self._failure = error
            raise
        with self._lock:
            self._synced = max(self._synced, written)

    def close(self) -> None:
        """Sync and close the file, and keep it.

        Raises:
            OSError: The fsync failed.
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
        """Close and delete the file."""
        try:
            # Deleted while it is still locked: otherwise it would pass for the journal of a killed recorder.
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
            raise JournalError("the journal is closed: nothing more can be appended")
        return self._file

    def _lines(self, records: Iterable[JournalRecord]) -> Iterator[bytes]:
        yield self._head
        yield from map(line, records)

    def _new_file(self, records: Iterable[JournalRecord]) -> JournalFile:
        """A synced file with these records under the journal's name; none on any error."""
        place = self.path.with_suffix(UNFINISHED)
        file = self._create(place)
        try:
            file.write_all(self._lines(records))
            file.sync()
            place.replace(self.path)
        except BaseException as error:
            file.close()
            place.unlink(missing_ok=True)
            if isinstance(error, OSError) and error.filename is None:
                error.filename = str(self.path)
            raise
        with contextlib.suppress(OSError):  # the rename is done; only its survival of a power cut is uncertain
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

    def _keep_synced(self) -> None:
        while True:
            with self._lock:
                while not (self._closing or self._written > self._synced):
                    # Again before each wait: a `rewrite` may have synced the record that woke this thread.
                    self._idle = True
                    self._wake.wait(_LOOK_UP)
                self._idle = False
                if self._closing:
                    return
            with contextlib.suppress(OSError):  # the next `append` raises it
                self.sync()
            with self._lock:
                self._wake.wait_for(lambda: self._closing, self._interval)
