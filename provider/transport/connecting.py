"""Performs a handle in a thread of the loop's executor, and closes it there if nobody wants it any more.

libcurl's multi interface would close a connection that is made to be handed over, so this one thing blocks.
"""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from curl_cffi import Curl


class Connecting:
    """One handle on its way. A thread cannot be stopped, only outlived: the handle is closed by whoever comes last."""

    def __init__(self, curl: Curl) -> None:
        self._curl = curl
        self._lock = threading.Lock()
        self._running = False
        self._abandoned = False

    async def run(self, timeout: float) -> bool:  # noqa: ASYNC109  # libcurl has it too; this one guards a full executor
        """Perform the handle; False when the executor had no thread for it in time. What libcurl raises passes through.

        Unless this returns True or raises an `Exception`, the handle is closed now or when its thread is done.
        """
        performed = asyncio.get_running_loop().run_in_executor(None, self._perform)
        try:
            done, _ = await asyncio.wait([performed], timeout=timeout)
        except asyncio.CancelledError:
            self._abandon(performed)
            raise
        if not done:
            self._abandon(performed)
            return False
        performed.result()
        return True

    def _perform(self) -> None:
        with self._lock:
            if self._abandoned:
                return
            self._running = True
        try:
            self._curl.perform(clear_headers=False)
        finally:
            with self._lock:
                self._running = False
                if self._abandoned:
                    self._curl.close()

    def _abandon(self, performed: asyncio.Future[None]) -> None:
        performed.add_done_callback(_look_at)
        performed.cancel()
        with self._lock:
            self._abandoned = True
            if not self._running:
                self._curl.close()


def _look_at(done: asyncio.Future[None]) -> None:
    if not done.cancelled():
        done.exception()  # nobody waits for it any more
