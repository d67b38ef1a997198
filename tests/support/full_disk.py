"""A disk that is full, for this process or for a command."""

from __future__ import annotations

import resource
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def limited() -> Iterator[Callable[[int], None]]:
    """A function that lets the files of this process grow to so many bytes from then on, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # the write fails then, and the process goes on
    try:
        yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)


def descriptor_path(descriptor: int) -> Path:
    """The file that stands for an open descriptor of this process."""
    return Path(f"/proc/self/fd/{descriptor}")
