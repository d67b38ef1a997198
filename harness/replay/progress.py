"""`Progress`: wakes sockets and requests that wait for other exchanges."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Generator


class Progress:
    """Wakes every waiter; each waiter checks itself whether it may go on."""

    def __init__(self) -> None:
        self._events: set[asyncio.Event] = set()

    def signal(self) -> None:
        """Wake all waiters: the session has moved on."""
        for event in self._events:
            event.set()

    @contextlib.contextmanager
    def watch(self) -> Generator[asyncio.Event]:
        """An event that each signal sets, while the block runs; its owner clears it before checking again."""
        event = asyncio.Event()
        self._events.add(event)
        try:
            yield event
        finally:
            self._events.discard(event)
