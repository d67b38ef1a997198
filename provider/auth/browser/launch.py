"""Launches a browser: finds the program, locks the profile, starts it, and waits until DevTools answers."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from provider.auth.browser.devtools import DevToolsClosedError
from provider.auth.browser.executable import browser_arguments, check_can_start, find_browser
from provider.auth.browser.process import BrowserProcess, PipedBrowser, run_browser
from provider.auth.browser.profile import HeldProfile, default_profile, hold_profile
from provider.auth.browser.proxy import BrowserProxy
from provider.auth.chromium import BrowserSettings, Driver
from provider.errors import LoginError

_SECRET_VARIABLES: Final = frozenset({"COPILOT_TOKEN", "COPILOT_HAR"})
"""Environment variables with secrets, which the browser does not get."""
_START_PATIENCE: Final = 30.0
_PROFILE_IN_USE: Final = 21
"""Chromium's exit code when another computer or container seems to use the profile."""

OnStep: TypeAlias = Callable[[str, str], None]
"""Called with the step (``wait for the profile``, ``start the browser``, ``sign in``), and a line to log or ``""``."""


@dataclass(frozen=True, slots=True)
class OpenedBrowser:
    """A browser whose DevTools answers.

    Attributes:
        process: Its process.
        profile: The folder with its state.
    """

    process: BrowserProcess
    profile: Path


@contextlib.asynccontextmanager
async def open_browser(
    url: str, settings: BrowserSettings, *, proxy: BrowserProxy | None = None, on_step: OnStep
) -> AsyncGenerator[OpenedBrowser, None]:
    """Run a browser with an empty page and a locked profile while the block runs.

    It waits for the profile without a deadline. The browser has ended when the block is left.

    Args:
        url: The page that will be opened; it decides whether the browser may run without a sandbox.
        settings: The browser's.
        proxy: The browser's; the caller answers its demand for credentials.
        on_step: Called at each step.

    Raises:
        LoginError: The browser cannot be started; ``reason`` says why.
    """
    program = find_browser()
    no_sandbox = check_can_start(url, settings)
    folder = settings.profile or default_profile()
    on_step("wait for the profile", "")
    async with hold_profile(
        folder, lambda: on_step("wait for the profile", "Waiting for another sign-in to end")
    ) as profile:
        on_step("start the browser", f"Starting {Path(program).name}")
        arguments = browser_arguments(settings, profile=profile.path, proxy=proxy, no_sandbox=no_sandbox)
        async with _running([program, *arguments], profile, settings.driver) as process:
            on_step("sign in", "")
            yield OpenedBrowser(process, profile.path)


@contextlib.asynccontextmanager
async def _running(command: list[str], profile: HeldProfile, driver: Driver) -> AsyncGenerator[BrowserProcess, None]:
    """Run a browser while the block runs; the block starts when DevTools answers."""
    temporary = str(profile.temporary)
    kept = {name: value for name, value in os.environ.items() if name not in _SECRET_VARIABLES}
    environment = {**kept, "TMPDIR": temporary, "BREAKPAD_DUMP_LOCATION": temporary}
    kind = _kind(driver)
    async with run_browser(command, environment=environment, inherited=(profile.lock,), kind=kind) as process:
        await _first_answer(process)
        yield process


def _kind(driver: Driver) -> Callable[[], BrowserProcess]:
    if driver == "pipe":
        return PipedBrowser
    from provider.auth.browser.nodriver import AttachedBrowser

    return AttachedBrowser


async def _first_answer(process: BrowserProcess) -> None:
    """Wait until DevTools answers.

    Raises:
        LoginError: It does not answer in time, or the browser ends (``start-failed``).
    """
    try:
        async with asyncio.timeout(_START_PATIENCE):
            await process.devtools.send("Browser.getVersion")
            return
    except TimeoutError:
        what, hint = f"The browser does not answer within {_START_PATIENCE:g} s", "Set CHROME_PATH to another one."
    except DevToolsClosedError:
        code = await process.exit_code(within=2.0)
        what = f"The browser ended at once (exit code {code})"
        hint = "Start it by hand to see its messages, or set CHROME_PATH to another one."
        if code in {0, _PROFILE_IN_USE}:
            hint = "Another browser uses this profile. Close it, or set COPILOT_PROFILE to another folder."
    raise LoginError(what, step="start the browser", hint=hint, reason="start-failed")
