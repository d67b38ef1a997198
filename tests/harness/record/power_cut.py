"""A journal's file that reaches the disk only when it is synchronised; then the power may be cut."""

from __future__ import annotations

from harness.record.journal_file import JournalFile


class HeldBackFile(JournalFile):
    """Keeps what is written in memory until `sync`: what a power cut leaves is then what lies in the file."""

    def __init__(self, path):
        super().__init__(path)
        self._held = b""

    def write(self, data):
        self._held += data

    def sync(self):
        # What is written while this is under way is not part of it.
        held, self._held = self._held, b""
        super().write(held)
        super().sync()


class FullFile(JournalFile):
    """A file on a disk with so many bytes left, which the test may change."""

    room = 0

    def write(self, data):
        if len(data) > FullFile.room:
            half = data[: FullFile.room]
            super().write(half)
            self._size -= len(half)
            import errno
            import os

            os.ftruncate(self._open(), self._size)
            raise OSError(errno.ENOSPC, "No space left on device")
        FullFile.room -= len(data)
        super().write(data)
