"""Finds the browser's program (Chromium, Chrome, Edge or Brave), and makes its arguments."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from provider.auth.browser.proxy import BrowserProxy
from provider.auth.chromium import HEADLESS_VARIABLE, NO_SANDBOX_VARIABLE, BrowserSettings
from provider.errors import LoginError
from provider.urls import is_loopback

PATH_VARIABLE: Final = "CHROME_PATH"

_NAMES: Final = (
    "chromium",
    "google-chrome",
    "google-chrome-stable",
    "chromium-browser",
    "microsoft-edge",
    "microsoft-edge-stable",
    "brave-browser",
    "chrome",
    "msedge",
)
_MAC_APPS: Final = ("Google Chrome", "Chromium", "Microsoft Edge", "Brave Browser")
_ARGUMENTS: Final = (
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-breakpad",
    "--hide-crash-restore-bubble",
    # Browsers with and without a desktop's key store have to read one profile; its folder is private instead.
    "--password-store=basic",
    "--use-mock-keychain",
)


def find_browser(environment: Mapping[str, str] = os.environ, platform: str = sys.platform) -> str:
    """Return the path of the browser's program: ``CHROME_PATH``, else a known name on the PATH, else a usual place.

    Raises:
        LoginError: No browser was found (``no-browser``).
    """
    named = environment.get(PATH_VARIABLE)
    if named:
        found = shutil.which(Path(named).expanduser())
        if found is None:
            raise LoginError(
                f"{PATH_VARIABLE} is not the path of a program: {named}",
                hint="Set it to the full path of Chromium, Chrome or Edge.",
                reason="no-browser",
            )
        return str(found)
    for name in (*_NAMES, *_usual_places(environment, platform)):
        found = shutil.which(name, path=environment.get("PATH", os.defpath))
        if found is not None:
            return found
    hint = f"Install one, or set {PATH_VARIABLE}; or export a HAR from your own browser and use readHAR."
    raise LoginError("No Chromium, Chrome or Edge was found", hint=hint, reason="no-browser")


def _usual_places(environment: Mapping[str, str], platform: str) -> list[str]:
    if platform == "darwin":
        roots = ("/Applications", str(Path(environment.get("HOME", "/")) / "Applications"))
        return [f"{root}/{app}.app/Contents/MacOS/{app}" for app in _MAC_APPS for root in roots]
    return []


def browser_arguments(
    settings: BrowserSettings, *, profile: Path, proxy: BrowserProxy | None, no_sandbox: bool
) -> Sequence[str]:
    """Return the arguments of the program. They show no URL and no credential, because all users can see them."""
    return [
        *_ARGUMENTS,
        f"--user-data-dir={profile}",
        *(["--headless=new"] if settings.headless else []),
        *(["--no-sandbox"] if no_sandbox else []),
        *([f"--proxy-server={proxy.server}", "--proxy-bypass-list=<-loopback>"] if proxy else []),
        *settings.extra_args,
        "about:blank",
    ]


def check_can_start(url: str, settings: BrowserSettings) -> bool:
    """Return whether to switch the sandbox off for a page.

    Raises:
        LoginError: The browser cannot start: as root with a sandbox, or without a display (``start-failed``).
    """
    displays = (os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
    has_own_display = any(argument.startswith("--ozone-platform") for argument in settings.extra_args)
    if sys.platform == "linux" and not settings.headless and not has_own_display and not any(displays):
        raise LoginError(
            "There is no display for the browser's window",
            hint=f"Sign in on a desktop. With a profile that is signed in, {HEADLESS_VARIABLE}=1 works here.",
            reason="start-failed",
        )
    if settings.no_sandbox or os.getuid() != 0:
        return settings.no_sandbox
    if not is_loopback(url):
        raise LoginError(
            "Chromium does not start as root with its sandbox, and without it no page of the internet is opened",
            hint=f"Run this as an ordinary user. {NO_SANDBOX_VARIABLE}=1 accepts the risk.",
            reason="start-failed",
        )
    return True
