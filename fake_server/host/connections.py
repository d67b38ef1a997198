"""The connections of a server: each a task with its wire, owned from their first byte to their last."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeVar

from fake_server.host.tcp import Wire

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


Result = TypeVar("Result")


class ClientGoneError(Exception):
    """The client left while its answer was being made."""


async def while_there(wire: Wire, work: Coroutine[Any, Any, Result], *, grace: float) -> Result:
    """Await something; it is cancelled when the client leaves.

    A FIN alone may come from a client that only has nothing more to say, and waits: after one, ``grace`` seconds are
    left. A connection that breaks leaves none.

    Raises:
        ClientGoneError: The client left first.
    """
    loop = asyncio.get_running_loop()
    deadline = asyncio.timeout(None)

    def left() -> None:
        if not deadline.expired():
            deadline.reschedule(loop.time() + (0.0 if wire.lost.is_set() else grace))

    try:
        async with deadline:
            wire.on_gone = left
            if wire.gone.is_set():
                left()
            result = await work
    except TimeoutError:
        if not deadline.expired():
            raise
        raise ClientGoneError from None
    finally:
        wire.on_gone = None
    task = asyncio.current_task()
    if task is not None and task.cancelling() > 0:
        # The work took the cancellation for its own and went on: it was ours.
        raise asyncio.CancelledError
    return result


_logger = logging.getLogger("fake_server.host")
_KEPT: Final = 100


class Failures:
    """The first errors of stages, in order.

    Attributes:
        errors: At most 100 of them, so that a server which runs for long does not grow.
        unread: Why the server refused what it could not read as a request -> how often.
        strangers: Who was not let in, and how to let them in -> how often.
    """

    def __init__(self) -> None:
        self.errors: list[Exception] = []
        self.unread: Counter[str] = Counter()
        self.strangers: Counter[str] = Counter()

    def refused(self, why: str) -> None:
        """A request could not be read; the text holds nothing of what came."""
        if why in self.unread or len(self.unread) < _KEPT:
            self.unread[why] += 1

    def turned_away(self, who: str) -> None:
        """A page or a name was not let in; the text is fit for a terminal."""
        if who in self.strangers or len(self.strangers) < _KEPT:
            self.strangers[who] += 1

    def report(self, error: Exception, connection: int, what: str) -> None:
        """Keep it, and log its type and place. Its text may hold payloads, and is left out."""
        if len(self.errors) < _KEPT:
            self.errors.append(error)
        frames = traceback.extract_tb(error.__traceback__)
        place = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "an unknown place"
        _logger.error("connection %d, %s: %s at %s", connection, what, type(error).__name__, place)
