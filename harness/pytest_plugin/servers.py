"""`Servers`: the local servers of one pytest process, in one thread with its own event loop.

A thread, so that a blocking client in an async test does not block its own server, whichever loop the test uses.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Collection
from typing import Final, TypeVar

from fake_server import Server, serve
from fake_server.host.limits import Limits
from fake_server.host.threaded import LoopThread
from fake_server.host.tunnel import Gate
from fake_server.stage import Stage
from harness.netblock import exempt_this_thread
from harness.tap.activity import Activity
from harness.user_folders import state_directory

Result = TypeVar("Result")
_SETTLED: Final = 5
"""Turns of the event loop without a change, after which everything sent has arrived: loopback has no latency."""
_MOST_ROUNDS: Final = 2000
_CLOSE_TIMEOUT: Final = 1.0


class Servers:
    """Starts and stops servers, each on its own port: a late client of one test never reaches another test's server."""

    def __init__(self) -> None:
        self._thread = LoopThread("wiretape-servers")
        # The relay runs in this thread and has to reach the service. No code of a test runs here.
        self._thread.run(_exempt())
        self._pid = os.getpid()

    def start(
        self,
        stage: Stage,
        gate: Gate | None = None,
        *,
        own_origins: Collection[str],
        allowed_origins: Collection[str] = (),
        more_ports: int = 0,
    ) -> Server:
        """Start a server for a stage, on a free port of loopback.

        Args:
            stage: The stage that answers.
            gate: Makes the server a forward proxy.
            own_origins: Origins of the service's own pages, which may always use the server.
            allowed_origins: Origins of further pages that may.
            more_ports: How many further ports the server has.
        """
        server = serve(
            stage,
            allowed_origins=allowed_origins,
            own_origins=own_origins,
            limits=Limits(close_timeout=_CLOSE_TIMEOUT, spool=state_directory()),
            gate=gate,
            more_ports=more_ports,
        )
        self._thread.run(server.start())
        return server

    def settle(self, server: Server, activity: Activity) -> None:
        """Wait until the server has received everything that clients have sent so far."""
        if self._is_ours:
            self._thread.run(_settle(server, activity))

    def call(self, function: Callable[[], Result]) -> Result:
        """Call a function in the servers' thread, so that it can read what they write, and return its result."""
        return self._thread.call(function) if self._is_ours else function()

    def finish(self, server: Server, activity: Activity, report: Callable[[], Result]) -> Result:
        """Receive what clients have sent, make a report, then close a server, its connections and its stage.

        Returns:
            The result of ``report``, called in the servers' thread.
        """
        if not self._is_ours:
            return report()

        async def finish() -> Result:
            try:
                await _settle(server, activity)
                return report()
            finally:
                await server.aclose()

        return self._thread.run(finish())

    def stop(self, server: Server) -> None:
        """Close a server, its connections and its stage."""
        if self._is_ours:
            self._thread.run(server.aclose())

    def close(self) -> None:
        """Stop the thread in which the servers run."""
        if self._is_ours:
            self._thread.stop()

    @property
    def _is_ours(self) -> bool:
        """Whether this process runs the servers' thread: a forked child has this object, too, but not the thread."""
        return os.getpid() == self._pid


async def _exempt() -> None:
    exempt_this_thread()


async def _settle(server: Server, activity: Activity) -> None:
    still = 0
    seen = (activity.changes, server.connections)
    for _ in range(_MOST_ROUNDS):
        await asyncio.sleep(0)
        now = (activity.changes, server.connections)
        still = still + 1 if now == seen else 0
        seen = now
        if still >= _SETTLED:
            return
