"""Work that is done for a client, for as long as the client is there."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from fake_server.host.wire import Wire

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
    task = loop.create_task(work)
    timers: list[asyncio.TimerHandle] = []

    def left() -> None:
        timers.append(loop.call_later(0 if wire.lost.is_set() else grace, task.cancel))

    wire.on_gone = left
    if wire.gone.is_set():
        left()
    try:
        result = await task
    except asyncio.CancelledError:
        if _is_cancelled() or not timers:
            raise
        raise ClientGoneError from None
    finally:
        wire.on_gone = None
        for timer in timers:
            timer.cancel()
    if _is_cancelled():
        # The work took the cancellation for its own and went on: it was ours.
        raise asyncio.CancelledError
    return result


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
