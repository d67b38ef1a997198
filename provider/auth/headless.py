"""Signing in anew with a profile that was signed in before: without a window, from any thread with any loop."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from typing import Final

from provider.credentials import Credentials
from provider.errors import LoginError

QUIET_DEADLINE: Final = 30.0
"""Seconds; a page that is signed in holds a token within a few."""
_ENDING: Final = 20.0
"""Seconds in which a browser has ended, whatever it is doing."""


def sign_in_quietly(origin: str, *, refused: str | None) -> Credentials:
    """New credentials of an origin. Blocks.

    Args:
        refused: The token that is not to be taken again.

    Raises:
        LoginError: The profile is not signed in any more, or no browser runs here; ``reason`` says which.
    """
    outcome: list[Credentials | BaseException] = []

    def run() -> None:
        try:
            outcome.append(asyncio.run(_sign_in(origin, refused)))
        except BaseException as error:  # noqa: BLE001  # raised where it is waited for
            outcome.append(error)

    # A thread of its own: the caller's may run a loop already.
    thread = threading.Thread(target=run, name="wiretape-sign-in", daemon=True)
    thread.start()
    thread.join(QUIET_DEADLINE + _ENDING)
    if not outcome:
        raise LoginError("The browser does not end", step="sign in", reason="deadline")
    [found] = outcome
    if isinstance(found, BaseException):
        raise found
    return found


async def _sign_in(origin: str, refused: str | None) -> Credentials:
    from provider.auth.browser.login import sign_in
    from provider.auth.chromium import BrowserSettings

    settings = replace(BrowserSettings.from_environment(), headless=True)
    return (await sign_in(origin, deadline=QUIET_DEADLINE, browser=settings, refused=refused)).credentials
