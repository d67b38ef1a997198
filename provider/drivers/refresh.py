"""Single-flight refresh of credentials, shared by all threads and tasks of the process."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextvars
import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Final, TypeAlias

from provider.clock import monotonic
from provider.credentials import Credentials
from provider.effects import RefreshCredentials
from provider.flow.state import REFRESH_BEFORE
from provider.transport.errors import DeadlineError

Fetch: TypeAlias = Callable[[Credentials], Credentials | None]
"""Returns credentials to use in place of the given ones, or None where there are none. It may block."""

_MAX_CACHED: Final = 100
_FRESH: Final = 2.0
"""Seconds for which all callers share the last result, even a failure."""
MAX_REFRESH: Final = 120.0
"""Seconds that one refresh may take, a sign-in with a browser included."""


def should_refresh(effect: RefreshCredentials) -> bool:
    """Whether the driver refreshes now: rejected credentials at once, others only shortly before they expire."""
    if effect.expiring_within is None:
        return True
    expires_at = effect.credentials.expires_at
    return expires_at is not None and expires_at - time.time() < effect.expiring_within


@dataclass(frozen=True, slots=True)
class _Key:
    """Identifies a refresh: callers share one if credentials, service and the function ``fetch`` are the same."""

    digest: str
    fetch: Fetch

    @classmethod
    def of(cls, replaced: Credentials, fetch: Fetch, service: str) -> _Key:
        # A digest, so that the cache does not keep the tokens that it replaces.
        text = f"{service}\n{replaced.origin}\n{replaced.source}\n{replaced.token}"
        return cls(hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(), fetch)


@dataclass(frozen=True, slots=True)
class _Refreshed:
    """The result of one refresh, and the time on the refresher's clock at which it came."""

    credentials: Credentials | None
    at: float

    def is_usable(self, now: float) -> bool:
        if now - self.at < _FRESH:
            return True
        expires_at = None if self.credentials is None else self.credentials.expires_at
        return self.credentials is not None and (expires_at is None or expires_at - time.time() > REFRESH_BEFORE)


class CredentialRefresher:
    """Refreshes each set of credentials once for all simultaneous callers, and caches the result.

    A cached result is used until it is about to expire, or until it has to be replaced itself.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._running: dict[_Key, Future[Credentials | None]] = {}
        self._cache: OrderedDict[_Key, _Refreshed] = OrderedDict()

    def refresh(
        self, replaced: Credentials, fetch: Fetch, *, service: str = "", within: float = MAX_REFRESH
    ) -> Credentials | None:
        """Return other credentials, or None where ``fetch`` has none. All waiting callers raise an error of ``fetch``.

        Args:
            replaced: The credentials that the service rejected, or that expire soon.
            fetch: Runs in a thread of its own. Only callers with the same function share its result.
            service: Base URL of the service: credentials for one service are never used for another.
            within: Seconds to wait.

        Raises:
            DeadlineError: It takes longer. The refresh goes on for the others, and for the next call.
        """
        limit = min(within, MAX_REFRESH)
        future = self._start(replaced, fetch, service)
        try:
            return future.result(limit)
        except concurrent.futures.TimeoutError as error:
            raise _late(limit) from error

    async def refresh_async(
        self, replaced: Credentials, fetch: Fetch, *, service: str = "", within: float = MAX_REFRESH
    ) -> Credentials | None:
        """`refresh` for tasks. The refresh outlives a cancelled task, because others may wait for it."""
        limit = min(within, MAX_REFRESH)
        future = asyncio.wrap_future(self._start(replaced, fetch, service))
        try:
            async with asyncio.timeout(limit):
                return await asyncio.shield(future)
        except TimeoutError as error:
            raise _late(limit) from error

    def _start(self, replaced: Credentials, fetch: Fetch, service: str) -> Future[Credentials | None]:
        """Return the running refresh of these credentials, else a cached result, else start a refresh."""
        key = _Key.of(replaced, fetch, service)
        with self._lock:
            running = self._running.get(key)
            if running is not None:
                return running
            future: Future[Credentials | None] = Future()
            cached = self._cache.get(key)
            if cached is not None and cached.is_usable(self._clock()):
                future.set_result(cached.credentials)
                return future
            self._drop_results(replaced)
            self._running[key] = future
        run = contextvars.copy_context().run
        # A thread, so that the caller's deadline holds whatever `fetch` does; a daemon, so that the program can end.
        threading.Thread(target=run, args=(self._run, key, future, replaced), name="refresh", daemon=True).start()
        return future

    def _drop_results(self, replaced: Credentials) -> None:
        """Forget the results that have to be replaced now: the next refresh of an older token fetches anew."""
        for key, cached in list(self._cache.items()):
            if cached.credentials is not None and cached.credentials.token == replaced.token:
                del self._cache[key]

    def _run(self, key: _Key, future: Future[Credentials | None], replaced: Credentials) -> None:
        try:
            found = key.fetch(replaced)
        except BaseException as error:  # noqa: BLE001  # raised in all threads and tasks that wait
            self._finish(key, None)
            future.set_exception(error)
            return
        self._finish(key, found)
        future.set_result(found)

    def _finish(self, key: _Key, found: Credentials | None) -> None:
        with self._lock:
            self._running.pop(key, None)
            self._cache[key] = _Refreshed(found, self._clock())
            self._cache.move_to_end(key)
            while len(self._cache) > _MAX_CACHED:
                self._cache.popitem(last=False)


def _late(within: float) -> DeadlineError:
    return DeadlineError(f"The credentials were not refreshed within {within:g} s")


REFRESHER: Final = CredentialRefresher()
"""The refresher of this process."""
