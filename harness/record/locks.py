"""`Lock`: a lock between processes that leaves no file behind.

It is a ``flock``, which the kernel releases when the process ends. The holder deletes the file while it still holds the
lock. A process that waited for it finds that its open file no longer has that name, and tries again.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path
from typing import Final

from provider.clock import monotonic, sleep

_FLAGS: Final = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
_STEP: Final = 0.02
"""Seconds between two attempts."""


class LockTakenError(Exception):
    """Another process holds the lock.

    Attributes:
        owner: Its process id; 0 if unknown.
    """

    def __init__(self, owner: int) -> None:
        super().__init__(owner)
        self.owner = owner


class Lock:
    """A lock that is acquired on construction.

    Args:
        path: The lock file; its folder is created, private to its owner.
        shared: Whether other processes may hold the lock at the same time, if theirs is shared, too.
        timeout: Seconds to wait for it.

    Raises:
        LockTakenError: Another process held it for that long.
        OSError: The folder cannot be written.
    """

    def __init__(self, path: Path, *, shared: bool = False, timeout: float = 0.0) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._path = path
        until = monotonic() + timeout
        while True:
            descriptor = os.open(path, _FLAGS, 0o600)
            try:
                if self._try(descriptor, shared=shared):
                    break
                owner = _owner(descriptor)
            except BaseException:
                os.close(descriptor)
                raise
            os.close(descriptor)
            if owner is not None:
                if monotonic() >= until:
                    raise LockTakenError(owner)
                sleep(_STEP)
        self._descriptor: int | None = descriptor
        with contextlib.suppress(OSError):  # the process id is only for other processes' error messages
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, b"%d" % os.getpid(), 0)

    def _try(self, descriptor: int, *, shared: bool) -> bool:
        """Try to acquire it. Fails if another process holds it, or has just deleted its file."""
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return self._is_named(descriptor)

    def _is_named(self, descriptor: int) -> bool:
        try:
            now, ours = self._path.lstat(), os.fstat(descriptor)
        except FileNotFoundError:
            return False
        return (now.st_dev, now.st_ino) == (ours.st_dev, ours.st_ino)

    def release(self) -> None:
        """Release it, and delete its file unless others share the lock. Idempotent."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is None:
            return
        try:
            with contextlib.suppress(OSError):
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)  # fails while others share it
                if self._is_named(descriptor):
                    self._path.unlink()
        finally:
            os.close(descriptor)


def _owner(descriptor: int) -> int | None:
    """The holder's process id, 0 if unknown; None if the file was deleted, so that nobody holds the lock."""
    if os.fstat(descriptor).st_nlink == 0:
        return None
    text = os.pread(descriptor, 20, 0)
    return int(text) if text.isdigit() else 0
