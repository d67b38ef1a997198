"""`Progress`: the one signal by which sockets and requests learn that what they wait for may have happened."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Generator


class Progress:
    """Wakes all who wait; each of them looks for itself whether it may go on."""

    def __init__(self) -> None:
        self._events: set[asyncio.Event] = set()

    def signal(self) -> None:
        """Something has happened in the session."""
        for event in self._events:
            event.set()

    @contextlib.contextmanager
    def watch(self) -> Generator[asyncio.Event]:
        """An event that each signal sets; its owner clears it before it looks again."""
        event = asyncio.Event()
        self._events.add(event)
        try:
            yield event
        finally:
            self._events.discard(event)
