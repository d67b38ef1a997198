"""Opens the connection of one WebSocket in a thread of its own.

libcurl's multi interface would close a connection that is opened for a later use, so the thread blocks instead. libcurl
keeps no deadline while it waits for the response to an upgrade, so the waiter keeps it.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from provider.clock import RealTimer

if TYPE_CHECKING:
    from curl_cffi import Curl


class ConnectAttempt:
    """The connection attempt of one handle.

    A thread cannot be cancelled: after an abandoned attempt the thread closes the handle when it ends, or the waiter
    does if the thread has ended before.
    """

    def __init__(self, curl: Curl) -> None:
        self._curl = curl
        self._lock = threading.Lock()
        self._abandoned = False
        self._over = False
        self._error: BaseException | None = None

    def run(self, timeout: float) -> bool:
        """Connect; return whether the connection was open within ``timeout`` seconds. Raises what libcurl raises.

        Unless this returns True or raises an `Exception`, the handle is closed, at the latest when its thread ends.
        """
        done = threading.Event()
        try:
            self._start(done.set)
            in_time = done.wait(timeout)
        except BaseException:
            self._abandon()
            raise
        return self._result(in_time=in_time)

    async def run_async(self, timeout: float) -> bool:  # noqa: ASYNC109  # one timer, no scope
        """As `run`, without blocking the event loop."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[bool] = loop.create_future()

        def settle(value: bool) -> None:  # noqa: FBT001  # the future's result
            if not done.done():
                done.set_result(value)

        def notify() -> None:
            with contextlib.suppress(RuntimeError):  # the loop may be closed by now
                loop.call_soon_threadsafe(settle, True)  # noqa: FBT003

        timer = RealTimer(loop, timeout, settle, False)  # noqa: FBT003
        try:
            self._start(notify)
            in_time = await done
        except BaseException:
            self._abandon()
            raise
        finally:
            timer.cancel()
        return self._result(in_time=in_time)

    def _start(self, notify: Callable[[], None]) -> None:
        # A daemon, so that an abandoned attempt does not keep the program from ending.
        threading.Thread(target=self._perform, args=(notify,), name="websocket-connect", daemon=True).start()

    def _perform(self, notify: Callable[[], None]) -> None:
        try:
            self._curl.perform(clear_headers=False)
        except BaseException as error:  # noqa: BLE001  # raised in the thread that waits
            self._error = error
        with self._lock:
            self._over = True
            if self._abandoned:
                self._curl.close()
        notify()

    def _abandon(self) -> None:
        with self._lock:
            self._abandoned = True
            if self._over:
                self._curl.close()

    def _result(self, *, in_time: bool) -> bool:
        if not in_time:
            self._abandon()
            return False
        if self._error is not None:
            raise self._error
        return True
