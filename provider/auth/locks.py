"""A lock between processes that no kill leaves behind: the operating system's own, on a file."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Final

from provider import clock

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

PATIENCE: Final = 10.0
"""Seconds to wait for whoever holds it."""
_POLL_EVERY: Final = 0.01


@contextlib.contextmanager
def locked(path: Path, *, within: float = PATIENCE) -> Generator[None]:
    """Hold the lock on a file, which is made if it is missing, as is its folder (0700).

    Raises:
        OSError: The file cannot be had; `TimeoutError` where another process holds it for too long.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
    try:
        end = clock.monotonic() + within
        while not _try_to_lock(file):
            if clock.monotonic() > end:
                raise TimeoutError(None, f"another process holds {path.name}")
            clock.sleep(_POLL_EVERY)
        yield
    finally:
        os.close(file)


def _try_to_lock(file: int) -> bool:
    try:
        if sys.platform == "win32":
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True
