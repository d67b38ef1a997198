"""Waits, in asyncio, until a descriptor can be read or written; registered with the loop only while a task waits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from provider.clock import RealTimer


class Readiness:
    """One direction of one descriptor, for any number of waiting tasks."""

    def __init__(self, start: Callable[[Callable[[], None]], object], stop: Callable[[], object]) -> None:
        """Say how to watch the descriptor.

        Args:
            start: Registers a callback with the loop.
            stop: Takes it away again.
        """
        self._start = start
        self._stop = stop
        self._loop = asyncio.get_running_loop()
        self._waiting: set[asyncio.Future[bool]] = set()
        self._watching = False

    async def wait(self, timeout: float) -> bool:  # noqa: ASYNC109  # a timer is cheaper than a scope per message
        """Wait at most ``timeout`` seconds; False when time is up."""
        ready: asyncio.Future[bool] = self._loop.create_future()
        self._waiting.add(ready)
        if not self._watching:
            self._watching = True
            self._start(self.wake)
        timer = RealTimer(self._loop, timeout, _resolve, ready, False)  # noqa: FBT003  # the future's result
        try:
            return await ready
        finally:
            timer.cancel()
            self._waiting.discard(ready)
            if not self._waiting:
                self._forget()

    def wake(self) -> None:
        """Wake all who wait, and stop watching: before the descriptor is closed, too."""
        for ready in self._waiting:
            _resolve(ready, True)  # noqa: FBT003  # as above
        self._waiting.clear()
        self._forget()

    def _forget(self) -> None:
        if self._watching:
            self._watching = False
            if not self._loop.is_closed():
                self._stop()


def _resolve(future: asyncio.Future[bool], value: bool) -> None:  # noqa: FBT001  # as above
    if not future.done():
        future.set_result(value)
