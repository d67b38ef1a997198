"""The open connections of a server, work that is cancelled when its client leaves, and the errors of stages."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeVar

from fake_server.host.tcp import TcpConnection
from fake_server.stage import Stage
from provider import clock

_ATTEMPTS: Final = 2


class Connections:
    """The open connections, each with its task. ``on_error`` gets the exceptions of the host's own code."""

    def __init__(self, on_error: Callable[[Exception], None]) -> None:
        self._on_error = on_error
        self._connections: dict[asyncio.Task[None], TcpConnection] = {}

    def __len__(self) -> int:
        return len(self._connections)

    def add(self, tcp: TcpConnection, work: Coroutine[Any, Any, None]) -> None:
        """Serve a connection in a new task."""
        task = asyncio.get_running_loop().create_task(work)
        self._connections[task] = tcp
        task.add_done_callback(self._forget)

    def make_room(self, patience: float) -> bool:
        """End the oldest connection whose first request is not complete after so many seconds; False if there is none.

        Otherwise, clients that send half a request would keep all others out.
        """
        latest = clock.monotonic() - patience
        for task, tcp in self._connections.items():
            if tcp.began > latest:
                return False
            if not tcp.has_asked and not tcp.closed:
                task.cancel()
                tcp.abort()
                return True
        return False

    def _forget(self, task: asyncio.Task[None]) -> None:
        tcp = self._connections.pop(task)
        if not tcp.closed:
            # A task that is cancelled before its first step runs none of its code, not even `finally`.
            tcp.abort()
        error = None if task.cancelled() else task.exception()
        # Failed handshakes and lost clients are normal; any other error is a fault of the host.
        if isinstance(error, Exception) and not isinstance(error, ConnectionError):
            self._on_error(error)

    async def end(self, patience: float) -> None:
        """End the connections that are open now, and wait up to ``patience`` seconds. New ones are not touched.

        Raises:
            TimeoutError: A stage ignores its cancellation.
        """
        ending = dict(self._connections)
        try:
            stuck = await _cancel(set(ending), patience)
            async with asyncio.timeout(patience):
                for tcp in ending.values():
                    await tcp.lost.wait()
        except TimeoutError:
            # A client does not read its last bytes.
            stuck = {task for task in ending if not task.done()}
        finally:
            for tcp in ending.values():
                tcp.abort()
        # asyncio closes an aborted connection's socket in the loop's next round.
        await asyncio.sleep(0)
        if stuck:
            raise TimeoutError(
                f"{len(stuck)} connections still run: their stage ignores cancellation; let CancelledError through "
                "in it"
            )


async def _cancel(tasks: set[asyncio.Task[None]], patience: float) -> set[asyncio.Task[None]]:
    """Cancel tasks, twice if needed; returns those that still run."""
    for _ in range(_ATTEMPTS):
        for task in tasks:
            task.cancel()
        if tasks:
            _, tasks = await asyncio.wait(tasks, timeout=patience)
    return tasks


Result = TypeVar("Result")


class ClientGoneError(Exception):
    """The client left while the server worked on its answer."""


async def run_while_connected(tcp: TcpConnection, work: Coroutine[Any, Any, Result], *, grace: float) -> Result:
    """Await work for a client, and cancel it when the client leaves.

    A client that has sent FIN may still wait for its answer: the work gets another ``grace`` seconds. A broken
    connection cancels it at once.

    Raises:
        ClientGoneError: The client left first.
    """
    loop = asyncio.get_running_loop()
    deadline = asyncio.timeout(None)

    def left() -> None:
        if not deadline.expired():
            deadline.reschedule(loop.time() + (0.0 if tcp.lost.is_set() else grace))

    try:
        async with deadline:
            tcp.on_gone = left
            if tcp.gone.is_set():
                left()
            result = await work
    except TimeoutError:
        if not deadline.expired():
            raise
        raise ClientGoneError from None
    finally:
        tcp.on_gone = None
    task = asyncio.current_task()
    if task is not None and task.cancelling() > 0:
        # The work swallowed the cancellation of this task: raise it again.
        raise asyncio.CancelledError
    return result


_logger = logging.getLogger("fake_server.host")
_KEPT: Final = 100


class Failures:
    """The errors of stages, and the requests that the host refused.

    Attributes:
        errors: The first 100 exceptions of stages, in order.
        unread: Cause of an invalid request -> number of requests.
        strangers: A refused page or host name, and the option that allows it -> number of requests.
    """

    def __init__(self) -> None:
        self.errors: list[Exception] = []
        self.unread: Counter[str] = Counter()
        self.strangers: Counter[str] = Counter()

    def count_bad_request(self, why: str) -> None:
        """Count an invalid request; ``why`` must not quote the request."""
        if why in self.unread or len(self.unread) < _KEPT:
            self.unread[why] += 1

    def count_crowd(self, limit: int) -> None:
        """Count a connection that is refused because ``limit`` connections are open, and log the first one."""
        why = f"more than {limit} open connections"
        if why not in self.unread:
            _logger.warning("%s: further ones get 503", why)
        self.count_bad_request(why)

    def count_refused_client(self, who: str) -> None:
        """Count a client that the server refused; ``who`` describes the client, and must be safe to print."""
        if who in self.strangers or len(self.strangers) < _KEPT:
            self.strangers[who] += 1

    def report(self, error: Exception, connection: int, what: str) -> None:
        """Keep an exception, and log its type and place, but not its text, which may contain a payload."""
        if len(self.errors) < _KEPT:
            self.errors.append(error)
        frames = traceback.extract_tb(error.__traceback__)
        place = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "an unknown place"
        _logger.error("connection %d, %s: %s at %s", connection, what, type(error).__name__, place)


async def close_stage(stage: Stage, seconds: float) -> None:
    """Close a stage whose connections have ended.

    Raises:
        TimeoutError: It took longer than ``seconds``.
    """
    deadline = asyncio.timeout(seconds)
    try:
        async with deadline:
            await stage.close()
    except TimeoutError as error:
        if not deadline.expired():
            raise
        raise TimeoutError(f"the stage {type(stage).__name__} did not close within {seconds} s") from error
