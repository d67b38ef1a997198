"""An event loop in a thread, for sync callers."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

from provider.clock import monotonic

Result = TypeVar("Result")
_PATIENCE: Final = 60.0


class RealTimeLoop(asyncio.SelectorEventLoop):
    """A loop whose timers keep real time, even while a test freezes its own (freezegun, time-machine)."""

    def time(self) -> float:
        """Seconds on the machine's monotonic clock."""
        return monotonic()


class LoopThread:
    """Runs coroutines in another thread's loop, and waits for their results."""

    def __init__(self, name: str) -> None:
        # Not the process's policy: the host is tested with this loop.
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
        """Run a coroutine and return its result; its exceptions are raised here.

        Raises:
            TimeoutError: It took more than a minute, and was cancelled.
            RuntimeError: The caller is the loop's own thread.
        """
        if threading.current_thread() is self._thread:
            work.close()
            raise RuntimeError(
                "called in the server's own thread, where it would wait for itself: use the async method"
            )
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result(_PATIENCE)
        except BaseException:
            # Also after Ctrl-C: work that no caller waits for must end.
            future.cancel()
            raise

    def stop(self) -> None:
        """Stop the loop and end the thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_PATIENCE)
