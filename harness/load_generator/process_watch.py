"""`ProcessWatch`: memory and descriptors of a server's process while it is loaded."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from harness.errors import HarnessError


class WatchError(HarnessError):
    """The process cannot be watched."""


class ProcessSample(NamedTuple):
    """What a process holds at one moment.

    Attributes:
        second: Since the load began.
        memory: Resident bytes.
        descriptors: Open files and sockets.
    """

    second: float
    memory: int
    descriptors: int


class ProcessWatch:
    """Samples the memory and the descriptors of a process, from ``/proc``.

    Args:
        pid: The process's number.

    Raises:
        WatchError: There is no such process, or it is another user's, or this system has no ``/proc``.
    """

    def __init__(self, pid: int) -> None:
        self._folder = Path("/proc") / str(pid)
        self.samples: list[ProcessSample] = []
        try:
            self._read()
        except OSError as error:
            why = error.strerror or "it cannot be read"
            raise WatchError(
                f"--watch {pid}: {self._folder}: {why}: give the id of a running process of yours"
            ) from None

    def take(self, second: float) -> None:
        """Add a sample of the process; does nothing if it has ended."""
        try:
            memory, descriptors = self._read()
        except OSError:
            return
        self.samples.append(ProcessSample(second, memory, descriptors))

    def _read(self) -> tuple[int, int]:
        pages = int((self._folder / "statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE"), sum(1 for _ in (self._folder / "fd").iterdir())


def slope(samples: Sequence[ProcessSample]) -> float:
    """How fast the memory grows, in MiB a minute: a straight line through the second half, when caches are full."""
    later = samples[len(samples) // 2 :]
    if len(later) < 2:
        return 0.0
    at = sum(each.second for each in later) / len(later)
    held = sum(each.memory for each in later) / len(later)
    spread = sum((each.second - at) ** 2 for each in later)
    rise = sum((each.second - at) * (each.memory - held) for each in later)
    return rise / spread * 60 / 1024**2 if spread else 0.0
