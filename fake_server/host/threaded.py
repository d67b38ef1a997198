"""An event loop in a thread, for sync callers."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from queue import Empty, SimpleQueue
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
        # Not asyncio.run_coroutine_threadsafe: its two chained futures take twice the time of a short coroutine.
        ended: SimpleQueue[asyncio.Task[Result]] = SimpleQueue()
        started: list[asyncio.Task[Result]] = []

        def start() -> None:
            task = self._loop.create_task(work)
            started.append(task)
            task.add_done_callback(ended.put)

        try:
            self._loop.call_soon_threadsafe(start)
        except RuntimeError:
            work.close()
            raise
        try:
            task = ended.get(timeout=_PATIENCE)
        except Empty:
            self._cancel(started)
            raise TimeoutError(
                f"the server's thread did not finish a call from another thread within {_PATIENCE:.0f} s"
            ) from None
        except BaseException:
            # Also after Ctrl-C: work that no caller waits for must end.
            self._cancel(started)
            raise
        return task.result()

    def _cancel(self, started: list[asyncio.Task[Any]]) -> None:
        # In the loop's thread, after the start: the list is filled by then.
        self._loop.call_soon_threadsafe(lambda: [task.cancel() for task in started])

    def call(self, function: Callable[[], Result]) -> Result:
        """Call a function in the loop's thread, and return its result; its exceptions are raised here.

        Raises:
            TimeoutError: The loop did not call the function within a minute.
        """
        future: Future[Result] = Future()

        def call() -> None:
            try:
                future.set_result(function())
            except BaseException as error:  # noqa: BLE001  # raised in the caller's thread
                future.set_exception(error)

        self._loop.call_soon_threadsafe(call)
        return future.result(_PATIENCE)

    def stop(self) -> None:
        """Stop the loop and end the thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_PATIENCE)
