"""Signing in again with a browser profile that is signed in: without a window, from any thread.

The browser is imported only when it is needed, so that it costs nothing to import a client.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from dataclasses import replace
from typing import Final

from provider.auth.store import open_store
from provider.clock import monotonic
from provider.credentials import Credentials
from provider.errors import LoginError

_logger = logging.getLogger("provider.auth")

HEADLESS_DEADLINE: Final = 30.0
"""Seconds; a page that is signed in holds a token within a few."""
_ENDING: Final = 20.0
"""Seconds in which a browser has ended, whatever it is doing."""
_FAILURE_KEPT: Final = 60.0
"""Seconds for which the profile is not tried again after it gave no token."""

_one_at_a_time: Final = threading.Lock()
_failed: Final[dict[str, tuple[Credentials, float]]] = {}
"""By origin: the credentials that the profile could not replace, and when that was."""


def sign_in_again(origin: str, rejected: str | None) -> Credentials | None:
    """Return and store new credentials if the stored ones come from a browser sign-in; else return None. Blocks.

    One thread at a time runs a browser. Those that wait for it find its result in the store.

    Args:
        origin: Of the service.
        rejected: The token that the service rejected; None where it only has expired.
    """
    with _one_at_a_time:
        store = open_store()
        stored = None if store is None else store.load(origin)
        if store is None or stored is None or stored.renewable_by != "browser":
            return None
        if not stored.is_expired(time.time()) and stored.token != rejected:
            return stored  # another thread or process has signed in meanwhile
        failed = _failed.get(origin)
        if failed is not None and failed[0] == stored and monotonic() - failed[1] < _FAILURE_KEPT:
            return None
        try:
            found = sign_in_headless(origin, rejected=stored.token)
        except LoginError as error:
            _failed[origin] = (stored, monotonic())
            _logger.warning("the browser's profile gives no new token: %s", error.what)
            return None
        store.save(found)
        return found


def has_failed(origin: str) -> bool:
    """Whether the profile gave no new token for an origin, in this process."""
    return origin in _failed


def sign_in_headless(origin: str, *, rejected: str | None) -> Credentials:
    """Sign in without a window. Blocks; the browser runs in an event loop and a thread of its own.

    Args:
        origin: Of the service.
        rejected: The token that is not accepted again.

    Raises:
        LoginError: The profile is not signed in any more, or no browser runs here; ``reason`` says which.
    """
    outcome: list[Credentials | BaseException] = []

    def run() -> None:
        try:
            outcome.append(asyncio.run(_sign_in(origin, rejected)))
        except BaseException as error:  # noqa: BLE001  # raised in the thread that waits
            outcome.append(error)

    # A thread of its own, because the caller's may be running a loop already.
    thread = threading.Thread(target=run, name="wiretape-sign-in", daemon=True)
    thread.start()
    thread.join(HEADLESS_DEADLINE + _ENDING)
    if not outcome:
        raise LoginError("The browser without a window did not end in time", step="sign in", reason="deadline")
    [found] = outcome
    if isinstance(found, OSError):
        what = f"The browser cannot be run ({found.strerror or type(found).__name__})"
        raise LoginError(what, step="sign in", reason="start-failed") from found
    if isinstance(found, BaseException):
        raise found
    return found


async def _sign_in(origin: str, rejected: str | None) -> Credentials:
    from provider.auth.browser import BrowserSettings, sign_in

    settings = replace(BrowserSettings.from_environment(), headless=True)
    return await sign_in(origin, deadline=HEADLESS_DEADLINE, browser=settings, rejected=rejected)
