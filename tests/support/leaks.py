"""What a program holds: descriptors, threads, tasks. A test that leaves more than it found has a leak."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_PATIENCE = 5.0
"""Seconds for the kernel and for threads that are about to end."""


def descriptors() -> dict[str, str]:
    """The open descriptors of this process, and what each is."""
    found: dict[str, str] = {}
    for entry in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):  # the listing's own
            found[entry.name] = str(entry.readlink())
    return {number: what for number, what in found.items() if not what.endswith("/fd")}


@contextlib.contextmanager
def nothing_left() -> Iterator[None]:
    """Fail if the block leaves descriptors or threads behind."""
    files, threads = set(descriptors().items()), set(threading.enumerate())
    yield
    until = time.monotonic() + _PATIENCE
    while True:
        more = set(descriptors().items()) - files, set(threading.enumerate()) - threads
        if not any(more):
            return
        assert time.monotonic() < until, f"left behind: {more}"
        gc.collect()
        time.sleep(0.02)


async def lasting_tasks() -> set[asyncio.Task[Any]]:
    """The other tasks of this loop that do not end soon; those that close the connections of a dropped turn do."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    if others:
        _, others = await asyncio.wait(others, timeout=5)
    return others
