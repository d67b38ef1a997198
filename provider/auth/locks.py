"""File locks between processes (``flock``): the operating system releases them, also when a process is killed."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Generator
from pathlib import Path
from typing import Final

from provider import clock

PATIENCE: Final = 10.0
"""Seconds to wait for a lock that another process holds."""
_POLL_EVERY: Final = 0.01


def open_lock_file(path: Path) -> int:
    """Open a lock file, which is made if it is missing; never through a symbolic link. Returns its descriptor.

    Raises:
        OSError: It cannot be opened.
    """
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)


def try_lock(descriptor: int) -> bool:
    """Lock an open file if no other process or descriptor holds it. Closing the descriptor releases the lock.

    Raises:
        OSError: The file system has no locks.
    """
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextlib.contextmanager
def locked(path: Path, *, within: float = PATIENCE) -> Generator[None]:
    """Hold the lock on a file while the block runs. The file is made if it is missing, as is its folder (0700).

    Args:
        path: The lock file.
        within: Seconds to wait.

    Raises:
        TimeoutError: Another process holds it longer.
        OSError: The file cannot be opened or locked.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = open_lock_file(path)
    try:
        end = clock.monotonic() + within
        while not try_lock(descriptor):
            if clock.monotonic() > end:
                raise TimeoutError(None, f"another process holds the lock file {path.name}")
            clock.sleep(_POLL_EVERY)
        yield
    finally:
        os.close(descriptor)
