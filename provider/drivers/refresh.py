"""Other credentials in place of refused ones: fetched once for all threads and tasks that want them at once."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Final, TypeAlias

from provider.clock import monotonic
from provider.credentials import Credentials

Fetch: TypeAlias = Callable[[Credentials], Credentials | None]
"""Gets other credentials than the given ones, which were refused; blocks. None if there are none."""

_MOST_KEPT: Final = 100
_FAILURE_KEPT: Final = 2.0
"""Seconds for which nobody tries again what has just failed."""
PATIENCE: Final = 120.0
"""Seconds that one renewal may take, signing in with a browser included."""


@dataclass(frozen=True, slots=True)
class _Key:
    """What is shared: the same credentials, refused by the same service, replaced by the same fetcher."""

    told: str
    fetch: Fetch

    @classmethod
    def of(cls, refused: Credentials, fetch: Fetch, where: str) -> _Key:
        """Tells credentials apart without keeping the token itself."""
        told = f"{where}\n{refused.origin}\n{refused.source}\n{refused.token}"
        return cls(hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest(), fetch)


class Renewals:
    """What was fetched in place of what, in this process."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._running: dict[_Key, Future[Credentials | None]] = {}
        self._renewed: OrderedDict[_Key, tuple[Credentials | None, float]] = OrderedDict()

    def renew(
        self, refused: Credentials, fetch: Fetch, *, where: str = "", within: float = PATIENCE
    ) -> Credentials | None:
        """Other credentials, or None; an error of ``fetch`` is raised for everybody who waits.

        Args:
            refused: Those that are to be replaced.
            fetch: Gets others. Only who has the same one shares what it gives.
            where: Origin of the service that refused them: what is for one never goes to another.
            within: Seconds.

        Raises:
            TimeoutError: It takes longer than that; it goes on for the others.
        """
        key = _Key.of(refused, fetch, where)
        future, is_ours = self._begin(key)
        if is_ours:
            self._fetch(key, future, refused)
        return future.result(within)

    async def renew_async(
        self, refused: Credentials, fetch: Fetch, *, where: str = "", within: float = PATIENCE
    ) -> Credentials | None:
        """The same for a task. The fetching thread outlives a task that is cancelled: others may wait for it.

        Raises:
            TimeoutError: It takes longer than that; it goes on for the others.
        """
        key = _Key.of(refused, fetch, where)
        future, is_ours = self._begin(key)
        if is_ours:
            threading.Thread(target=self._fetch, args=(key, future, refused), name="renewal", daemon=True).start()
        async with asyncio.timeout(within):
            return await asyncio.shield(asyncio.wrap_future(future))

    def _begin(self, key: _Key) -> tuple[Future[Credentials | None], bool]:
        """What is fetched in place of these, by somebody; and whether that is the caller's business."""
        with self._lock:
            running = self._running.get(key)
            if running is not None:
                return running, False
            future: Future[Credentials | None] = Future()
            known = self._renewed.get(key)
            if known is not None and (known[0] is not None or self._clock() - known[1] < _FAILURE_KEPT):
                future.set_result(known[0])
                return future, False
            self._running[key] = future
            return future, True

    def _fetch(self, key: _Key, future: Future[Credentials | None], refused: Credentials) -> None:
        try:
            found = key.fetch(refused)
        except BaseException as error:  # noqa: BLE001  # whoever waits is told, whatever it is
            self._end(key, None)
            future.set_exception(error)
            return
        self._end(key, found)
        future.set_result(found)

    def _end(self, key: _Key, found: Credentials | None) -> None:
        with self._lock:
            self._running.pop(key, None)
            self._renewed[key] = (found, self._clock())
            while len(self._renewed) > _MOST_KEPT:
                self._renewed.popitem(last=False)


RENEWALS: Final = Renewals()
"""Those of this process."""
