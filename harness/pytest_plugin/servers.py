"""`Servers`: the local servers of one pytest process, in one thread with a loop of its own.

A sync client inside of an async test does not wait for itself, and what loop a test runs does not matter.
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
from harness.services.copilot import COPILOT

Result = TypeVar("Result")
_SETTLED: Final = 5
"""Rounds of the loop in which nothing changed, after which what clients sent has arrived: loopback needs no time."""
_MOST_ROUNDS: Final = 2000
_LIMITS: Final = Limits(close_timeout=1.0)


class Servers:
    """Starts and stops servers; each has a port of its own, so that nobody's late client reaches another one's."""

    def __init__(self) -> None:
        self._thread = LoopThread("wiretape-servers")
        # No code of a test runs in it; a relay's, which has to reach the service, does.
        self._thread.run(_exempt())
        self._pid = os.getpid()

    def start(self, stage: Stage, gate: Gate | None = None, *, allowed_origins: Collection[str] = ()) -> Server:
        """A server in front of a stage, on a free port of loopback.

        Args:
            stage: What answers.
            gate: Makes it a forward proxy.
            allowed_origins: Of pages that may use it, beside the service's own.
        """
        server = serve(stage, allowed_origins=allowed_origins, own_origins=COPILOT.origins, limits=_LIMITS, gate=gate)
        self._thread.run(server.start())
        return server

    def settle(self, server: Server, watched: Watched) -> None:
        """Return when the server has taken in what clients have sent until now."""
        if self._is_ours:
            self._thread.run(_settle(server, watched))

    def ask(self, question: Callable[[], Result]) -> Result:
        """What a function returns that reads what the servers write; called in their thread."""
        if not self._is_ours:
            return question()

        async def ask() -> Result:
            return question()

        return self._thread.run(ask())

    def finish(self, server: Server, watched: Watched, judge: Callable[[], Result]) -> Result:
        """Take in what clients have sent, judge, then end a server and its connections, and close its stage.

        Returns:
            What ``judge`` says, called in the server's thread.
        """
        if not self._is_ours:
            return judge()

        async def finish() -> Result:
            try:
                await _settle(server, watched)
                return judge()
            finally:
                await server.aclose()

        return self._thread.run(finish())

    def stop(self, server: Server) -> None:
        """End a server and its connections, and close its stage."""
        if self._is_ours:
            self._thread.run(server.aclose())

    def close(self) -> None:
        """Stop the thread."""
        if self._is_ours:
            self._thread.stop()

    @property
    def _is_ours(self) -> bool:
        """Whether the thread is there: a forked child has this object, but not the thread."""
        return os.getpid() == self._pid


class Watched:
    """What `Servers.settle` looks at: changes whenever something has happened."""

    def __init__(self) -> None:
        self.beats = 0


async def _exempt() -> None:
    exempt_this_thread()


async def _settle(server: Server, watched: Watched) -> None:
    still = 0
    seen = (watched.beats, server.connections)
    for _ in range(_MOST_ROUNDS):
        await asyncio.sleep(0)
        now = (watched.beats, server.connections)
        still = still + 1 if now == seen else 0
        seen = now
        if still >= _SETTLED:
            return
