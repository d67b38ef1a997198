"""An event loop in a thread of its own, for callers that have none."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

from provider.clock import monotonic

Result = TypeVar("Result")
_PATIENCE: Final = 60.0


class RealTimeLoop(asyncio.SelectorEventLoop):
    """A loop whose timers keep the real time, also while a test has frozen the time that its own code sees."""

    def time(self) -> float:
        """Seconds on the machine's monotonic clock."""
        return monotonic()


class LoopThread:
    """Runs coroutines in another thread's loop, and waits for them here."""

    def __init__(self, name: str) -> None:
        # Whatever policy the process has: what runs in here is tried with this loop.
        self._loop = RealTimeLoop()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
        finally:
            asyncio.set_event_loop(None)
            self._loop.close()

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """The coroutine's result. Its errors are raised here.

        Raises:
            TimeoutError: It took more than a minute, and was cancelled.
            RuntimeError: Called in the very thread that would have to do the work.
        """
        if threading.current_thread() is self._thread:
            work.close()
            raise RuntimeError("this would wait for its own thread; use the async form there")
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result(_PATIENCE)
        except BaseException:
            # Also when the caller is interrupted: what it no longer waits for shall end.
            future.cancel()
            raise

    def stop(self) -> None:
        """End loop and thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_PATIENCE)
