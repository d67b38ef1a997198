"""Runs many transfers in one event loop: curl_cffi's `AsyncCurl`, without a completion that it can lose."""

from __future__ import annotations

import asyncio
import functools
from typing import Any, Final

from provider.clock import RealTimedLoop
from provider.transport.handle import load_curl

_CHECK_SECONDS: Final = 0.1
_NO_SOCKET: Final = -1  # CURL_SOCKET_TIMEOUT: look at the timers alone
_NO_EVENT: Final = 0


def new_multi(loop: asyncio.AbstractEventLoop) -> Any:
    """Return an `AsyncCurl` for that loop.

    Raises:
        MissingCurlError: curl_cffi is not installed.
    """
    return _multi_class(load_curl().AsyncCurl)(loop=RealTimedLoop(loop))


async def close_multi(multi: Any) -> None:
    """Close an `AsyncCurl` and what it runs, in whatever loop."""
    checker: asyncio.Task[None] = multi._timeout_checker  # noqa: SLF001  # curl_cffi waits for it
    if not checker.done() and checker.get_loop() is not asyncio.get_running_loop():
        if not checker.get_loop().is_closed():
            checker.cancel()
        multi._timeout_checker = asyncio.create_task(asyncio.sleep(0))  # noqa: SLF001  # something to wait for here
    await multi.close()


@functools.cache
def _multi_class(base: Any) -> Any:
    class CompleteMulti(base):
        """An `AsyncCurl` whose regular check also takes up what ended in it.

        curl_cffi's own check runs what is due, but does not ask which transfers that ended. A transfer that fails,
        passes its deadline or is answered within such a check would be waited for until another one has an event: for
        as long as a long poll lasts.
        """

        async def _force_timeout(self) -> None:
            while self._curlm:
                self.process_data(_NO_SOCKET, _NO_EVENT)
                await asyncio.sleep(_CHECK_SECONDS)

    return CompleteMulti
