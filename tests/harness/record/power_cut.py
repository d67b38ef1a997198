"""Journals' files on disks that fail: the power is cut, or there is no room."""

from __future__ import annotations

import errno
import threading

from harness.record.journal_file import JournalFile


class HeldBackFile(JournalFile):
    """Keeps what is written in memory until `sync`: what a power cut leaves is then what lies in the file."""

    def __init__(self, path):
        super().__init__(path)
        self._held = b""
        self._holding = threading.Lock()

    def write(self, data):
        with self._holding:
            self._held += data

    def sync(self):
        # What is written while this is under way is not part of it.
        with self._holding:
            held, self._held = self._held, b""
        super().write(held)
        super().sync()


class FullFile(JournalFile):
    """A file on a disk with so many bytes left, which the test may change."""

    room = 0

    def _put(self, descriptor, data):
        count = super()._put(descriptor, data[: FullFile.room])
        FullFile.room -= count
        if not count:
            raise OSError(errno.ENOSPC, "No space left on device")
        return count
