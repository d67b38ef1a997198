"""`Lock`: a lock between processes that leaves no file behind.

It is a `flock`, which ends with the process, however that ends. Whoever lets it go removes the file while it is still
theirs; whoever waited for it finds that its file is no longer the one of that name, and tries again.
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
"""Seconds between two tries."""


class LockTakenError(Exception):
    """Somebody else has it.

    Attributes:
        owner: Process id; 0 if it is not known.
    """

    def __init__(self, owner: int) -> None:
        super().__init__(owner)
        self.owner = owner


class Lock:
    """Taken when it is made.

    Args:
        path: Of the file; its folder is made, for its owner only.
        shared: Others that share may have it at the same time.
        timeout: Seconds to wait for it.

    Raises:
        LockTakenError: It was not to be had in time.
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
        with contextlib.suppress(OSError):  # only for the other one's error message
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, b"%d" % os.getpid(), 0)

    def _try(self, descriptor: int, *, shared: bool) -> bool:
        """Whether it is ours now; if not, it is somebody's, or its file has just been removed."""
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
        """Let go of it, and remove its file unless others share it; may be called again."""
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
    """Who has it, 0 if that is not known; None if nobody has: then the file was removed."""
    if os.fstat(descriptor).st_nlink == 0:
        return None
    text = os.pread(descriptor, 20, 0)
    return int(text) if text.isdigit() else 0
