"""`Flag`: an `asyncio.Event` without its queue, which takes 0.7 KiB of memory; each connection has six of them."""

from __future__ import annotations

import asyncio


class Flag:
    """A flag, like `asyncio.Event`, for which tasks of one event loop wait. It is not set at first."""

    __slots__ = ("_is_set", "_waiting")

    def __init__(self) -> None:
        self._is_set = False
        self._waiting: tuple[asyncio.Future[None], ...] = ()

    def is_set(self) -> bool:
        """Whether it is set."""
        return self._is_set

    def set(self) -> None:
        """Set it, and wake all tasks that wait for it."""
        self._is_set = True
        waiting, self._waiting = self._waiting, ()
        for future in waiting:
            if not future.done():  # its task may have been cancelled in the same round of the loop
                future.set_result(None)

    def clear(self) -> None:
        """Reset it."""
        self._is_set = False

    async def wait(self) -> None:
        """Wait until it is set; returns even if it is reset before this task runs again."""
        if self._is_set:
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting = (*self._waiting, future)
        try:
            await future
        finally:
            if self._waiting:
                self._waiting = tuple(one for one in self._waiting if one is not future)
