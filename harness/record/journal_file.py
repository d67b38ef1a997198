"""`JournalFile`: the open file of a journal, locked for as long as its recorder lives."""

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
    """A new file of its owner's (0600) that is appended to.

    It is locked by ``flock``: the lock ends with the process, however that ends, and so tells a living recorder's
    journal from one that was left behind.

    Raises:
        OSError: It cannot be created or locked; then it is not there.
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
        """Append, all of it or nothing: a killed process does not lose it from now on.

        Raises:
            OSError: The disk says no; the file is as it was.
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
        """Append many lines, few system calls.

        Raises:
            OSError: The disk says no; the lines before stand there, whole.
        """
        gathered: list[bytes] = []
        size = 0
        for each in lines:
            gathered.append(each)
            size += len(each)
            if size >= _AT_ONCE:
                self.write(b"".join(gathered))
                gathered, size = [], 0
        self.write(b"".join(gathered))

    def clear(self) -> None:
        """Take everything out of it.

        Raises:
            OSError: The disk says no.
        """
        os.ftruncate(self._open(), 0)
        self._size = 0

    def sync(self) -> None:
        """Bring what was written to the disk; nothing if it is closed meanwhile.

        Raises:
            OSError: The disk says no.
        """
        with self._syncing:
            if self._descriptor is not None:
                os.fsync(self._descriptor)

    def close(self) -> None:
        """Let go of it, without bringing it to the disk; may be called again."""
        with self._syncing:
            descriptor, self._descriptor = self._descriptor, None
            if descriptor is not None:
                os.close(descriptor)

    def _put(self, descriptor: int, data: memoryview) -> int:
        """Write some of it; how much."""
        return os.write(descriptor, data)

    def _open(self) -> int:
        if self._descriptor is None:
            raise OSError(errno.EBADF, "the journal is closed")
        return self._descriptor


def sync_directory(path: Path) -> None:
    """Bring a folder's entries to the disk.

    Raises:
        OSError: The disk says no.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
