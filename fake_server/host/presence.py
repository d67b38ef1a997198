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
