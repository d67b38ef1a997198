"""What a program holds: descriptors, threads, tasks. A test that leaves more than it found has a leak."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_PATIENCE = 5.0
"""Seconds for the kernel and for threads that are about to end."""

_COUNTED = ("fake_server", "harness", "provider", "asyncio", "_asyncio", "websockets", "h11", "ssl", "_ssl", "socket")
"""Beginnings of modules."""


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


def objects_held() -> Counter[str]:
    """The objects of this program's packages and of those that serve its connections: type -> how many live."""
    gc.collect()
    kinds = Counter(type(each) for each in gc.get_objects())
    # Some class of another package has a property of this name instead.
    modules = ((kind, getattr(kind, "__module__", None), n) for kind, n in kinds.items())
    return Counter(
        {
            f"{module}.{kind.__qualname__}": n
            for kind, module, n in modules
            if isinstance(module, str) and module.startswith(_COUNTED)
        }
    )


def objects_at_rest() -> Counter[str]:
    """`objects_held`, once two counts in a row are equal: connections that are about to end have ended."""
    held = objects_held()
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        time.sleep(0.05)
        before, held = held, objects_held()
        if before == held:
            break
    return held


def lasting_growth(before: Counter[str]) -> Counter[str]:
    """Which types have more objects than before, once those of connections that are about to end are gone."""
    until = time.monotonic() + _PATIENCE
    while (more := objects_held() - before) and time.monotonic() < until:
        time.sleep(0.02)
    return more


async def lasting_tasks() -> set[asyncio.Task[Any]]:
    """The other tasks of this loop that do not end soon; those that close the connections of a dropped turn do."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    if others:
        _, others = await asyncio.wait(others, timeout=5)
    return others
