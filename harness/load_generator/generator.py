"""`LoadGenerator`: many users of one process, each of whom plays the client of a cassette again and again."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from harness.load_generator.measures import Measures
from harness.load_generator.session_times import LoadLabels
from harness.play.play import PreparedClient
from provider.clock import monotonic

_TICK: Final = 0.05
"""Seconds between two looks at the generator's own timer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadPlan:
    """How much load one process makes.

    Attributes:
        users: How many clients act at the same time.
        passes: Sessions of each user; None for as many as fit into ``seconds``.
        seconds: After so long no session begins; None for no bound beside ``passes``.
        ramp: Seconds within which the users begin, one after another.
        grace: Seconds in which sessions that run at the end may end.
    """

    users: int
    passes: int | None = None
    seconds: float | None = None
    ramp: float = 0.0
    grace: float = 10.0


class LoadGenerator:
    """Plays a cassette's client for several users at once.

    Args:
        client: The client that each user plays.
        plan: How much load to make.
        report: Called each second with the measures of the sessions that ended since, and the number of active users.
    """

    def __init__(self, client: PreparedClient, plan: LoadPlan, report: Callable[[Measures, int], None]) -> None:
        self._client = client
        self._plan = plan
        self._report = report
        self._labels = LoadLabels(client)
        self._measures = Measures()
        self._active = 0
        self._stopped = asyncio.Event()

    def stop(self) -> None:
        """Let the users begin no further session; running ones may end."""
        self._stopped.set()

    async def run(self) -> None:
        """Run until all users are done, or the time is over."""
        users = {asyncio.ensure_future(self._user(number)) for number in range(self._plan.users)}
        helpers: list[asyncio.Task[Any]] = [
            asyncio.ensure_future(each) for each in (self._watch_timer(), self._report_each_second())
        ]
        try:
            stopping = asyncio.ensure_future(self._wait_stopped(self._plan.seconds))
            helpers.append(stopping)
            everyone = asyncio.gather(*users)
            await asyncio.wait({everyone, stopping}, return_when=asyncio.FIRST_COMPLETED)
            self._stopped.set()
            await asyncio.wait({everyone}, timeout=self._plan.grace)
            everyone.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await everyone
        finally:
            for task in (*users, *helpers):
                task.cancel()
            await asyncio.gather(*users, *helpers, return_exceptions=True)
            self._flush()

    async def _user(self, number: int) -> None:
        if await self._wait_stopped(self._plan.ramp * number / self._plan.users):
            return
        left = self._plan.passes
        self._active += 1
        try:
            while not self._stopped.is_set() and left != 0:
                await self._session()
                left = None if left is None else left - 1
                await asyncio.sleep(0)  # a session that fails at once must not keep others waiting
        finally:
            self._active -= 1

    async def _session(self) -> None:
        session = self._client.session()
        await session.run()
        self._measures.add(self._labels.times(session))

    async def _wait_stopped(self, seconds: float | None) -> bool:
        """Wait for so many seconds (None: without limit) or for `stop`; returns whether `stop` was called."""
        try:
            async with asyncio.timeout(seconds):
                await self._stopped.wait()
        except TimeoutError:
            return False
        return True

    async def _watch_timer(self) -> None:
        while True:
            due = monotonic() + _TICK
            await asyncio.sleep(_TICK)
            self._measures.lateness.add(int(max(0.0, monotonic() - due) * 1_000_000))

    async def _report_each_second(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            self._flush()

    def _flush(self) -> None:
        measures, self._measures = self._measures, Measures()
        self._report(measures, self._active)
