"""`JournalFile`: the open file of a journal, locked while its recorder is running."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Final

_FLAGS: Final = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
_AT_ONCE: Final = 1 << 20


class JournalFile:
    """A new, private file (0600) for appending.

    It is locked with ``flock``, which the kernel releases when the process ends. So a running recorder's journal
    differs from one that a killed recorder left.

    Raises:
        OSError: The file cannot be created or locked; then none is left.
    """

    def __init__(self, path: Path) -> None:
        self._syncing = threading.Lock()
        self._size = 0
        self._descriptor: int | None = os.open(path, _FLAGS, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BaseException:
            self.close()
            path.unlink(missing_ok=True)
            raise

    def write(self, data: bytes) -> None:
        """Append all of the data or nothing. From now on a killed process does not lose it.

        Raises:
            OSError: The write failed; the file is unchanged.
        """
        descriptor = self._open()
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[self._put(descriptor, rest) :]
        except BaseException:
            with contextlib.suppress(OSError):
                os.ftruncate(descriptor, self._size)
            raise
        self._size += len(data)

    def write_all(self, lines: Iterable[bytes]) -> None:
        """Append many lines with few system calls.

        Raises:
            OSError: A write failed; the lines before it are in the file, complete.
        """
        gathered: list[bytes] = []
        size = 0
        for each in lines:
            gathered.append(each)
            size += len(each)
            if size >= _AT_ONCE:
                self._write_lines(gathered)
                gathered, size = [], 0
        self._write_lines(gathered)

    def _write_lines(self, lines: list[bytes]) -> None:
        try:
            self.write(b"".join(lines))
        except OSError:
            for each in lines:  # on a full disk, as many as there is room for
                self.write(each)

    def clear(self) -> None:
        """Empty the file.

        Raises:
            OSError: The truncation failed.
        """
        os.ftruncate(self._open(), 0)
        self._size = 0

    def sync(self) -> None:
        """Sync the file to the disk; does nothing if it was closed meanwhile.

        Raises:
            OSError: The fsync failed.
        """
        with self._syncing:
            if self._descriptor is not None:
                os.fsync(self._descriptor)

    def close(self) -> None:
        """Close the file without syncing it. Idempotent."""
        with self._syncing:
            descriptor, self._descriptor = self._descriptor, None
            if descriptor is not None:
                os.close(descriptor)

    def _put(self, descriptor: int, data: memoryview) -> int:
        """Write data at the file's end with one system call; returns the number of bytes written, which may be less."""
        return os.write(descriptor, data)

    def _open(self) -> int:
        if self._descriptor is None:
            raise OSError(errno.EBADF, "the journal is closed: it cannot be written or read any more")
        return self._descriptor


def sync_directory(path: Path) -> None:
    """Sync a folder to the disk, so that files created or renamed in it survive a crash of the machine.

    Raises:
        OSError: The fsync failed.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
