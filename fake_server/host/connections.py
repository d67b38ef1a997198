"""The connections of a server: each a task with its wire, owned from their first byte to their last."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final

from fake_server.host.wire import Wire

_ATTEMPTS: Final = 2


class Connections:
    """Connections being served. ``on_error`` is told what a connection's own code raised."""

    def __init__(self, on_error: Callable[[Exception], None]) -> None:
        self._on_error = on_error
        self._wires: dict[asyncio.Task[None], Wire] = {}

    def __len__(self) -> int:
        return len(self._wires)

    def welcome(self, wire: Wire, work: Coroutine[Any, Any, None]) -> None:
        """Serve a connection in a task of its own."""
        task = asyncio.get_running_loop().create_task(work)
        self._wires[task] = wire
        task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Task[None]) -> None:
        wire = self._wires.pop(task)
        if not wire.closed:
            # A task that was cancelled before its first step ran none of its code.
            wire.abort()
        error = None if task.cancelled() else task.exception()
        # Handshakes that fail and clients that vanish are everyday; the rest should be seen.
        if isinstance(error, Exception) and not isinstance(error, ConnectionError):
            self._on_error(error)

    async def end(self, patience: float) -> None:
        """End those that are here now: good-bye, and a bounded wait; those that come meanwhile are not touched.

        Raises:
            TimeoutError: A stage does not let itself be cancelled.
        """
        ending = dict(self._wires)
        try:
            stuck = await _cancel(set(ending), patience)
            async with asyncio.timeout(patience):
                for wire in ending.values():
                    await wire.lost.wait()
        except TimeoutError:
            # A client that does not read its last bytes.
            stuck = {task for task in ending if not task.done()}
        finally:
            for wire in ending.values():
                wire.abort()
        # asyncio closes an aborted connection's socket in the next round.
        await asyncio.sleep(0)
        if stuck:
            raise TimeoutError(f"{len(stuck)} connections still run: their stage does not let itself be cancelled")


async def _cancel(tasks: set[asyncio.Task[None]], patience: float) -> set[asyncio.Task[None]]:
    """Cancel them, more than once if need be; returns those that go on regardless."""
    for _ in range(_ATTEMPTS):
        for task in tasks:
            task.cancel()
        if tasks:
            _, tasks = await asyncio.wait(tasks, timeout=patience)
    return tasks
