"""``wiretape login`` and ``wiretape logout``: a stored sign-in for the user's programs."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from harness.cli.console import say, stdout
from harness.cli.help_text import command_help
from harness.errors import HarnessError

if TYPE_CHECKING:
    from provider.auth.store import Store
    from provider.credentials import Credentials

LIVE = "https://copilot.microsoft.com"
_Origin = Annotated[str, typer.Option("--origin", help="Origin of the service.", metavar="URL")]


class LoginRefusedError(HarnessError):
    """There is no sign-in to store, or no store."""


LOGIN_HELP: Final = command_help(
    "Sign in to Copilot in a browser window, and store the token for your programs.",
    examples="""
        wiretape login
        wiretape login --status
        wiretape login --har session.har
        """,
    about="""
        The browser has a profile of its own; sign in there as usual. wiretape stores the token in the system's
        keyring, or in a file that only you can read, and sends it to that service only. COPILOT_TOKEN and api_key take
        precedence.
        """,
    exit_codes="0 signed in; 1 the sign-in failed or, with --status, none is stored; 2 wrong usage",
)
LOGOUT_HELP: Final = command_help(
    "Delete the stored sign-in. The browser's profile stays signed in.",
    examples="wiretape logout",
    exit_codes="0 deleted; 1 none is stored",
)


def login(
    har: Annotated[
        Path | None, typer.Option(help="Read the token from this HAR file; open no browser.", metavar="FILE")
    ] = None,
    origin: _Origin = LIVE,
    headless: Annotated[
        bool, typer.Option("--headless", help="Open no window, for a profile that is signed in already.")
    ] = False,
    deadline: Annotated[float | None, typer.Option(help="Seconds for signing in.", min=1, metavar="SECONDS")] = None,
    status: Annotated[bool, typer.Option("--status", help="Show the stored sign-ins, and do nothing else.")] = False,
) -> None:
    """Sign in, and store the token."""
    store = _store()
    if status:
        raise typer.Exit(_show(store))
    found = _from_har(har, origin) if har is not None else _from_browser(origin, headless=headless, deadline=deadline)
    account = _check(found)
    store.save(found)
    say(f"signed in to {found.origin}{account}; stored in {store.where}", "green")
    say(f"  {_until(found)}", "dim")


def logout(origin: _Origin = LIVE) -> None:
    """Delete the stored sign-in."""
    from provider.urls import page_origin

    store = _store()
    if not store.delete(page_origin(origin)):
        say(f"no sign-in is stored for {origin}")
        raise typer.Exit(1)
    say(f"deleted the sign-in of {origin}", "green")


def _store() -> Store:
    from provider.auth.store import STORE_VARIABLE, open_store

    store = open_store()
    if store is None:
        raise LoginRefusedError(f"{STORE_VARIABLE} is `off`: no sign-in can be stored; unset the variable")
    return store


def _from_har(path: Path, origin: str) -> Credentials:
    from provider.auth.har import read_har_file

    if not path.is_file():
        raise LoginRefusedError(
            f"{path}: {'it is a folder: name a HAR file in it' if path.is_dir() else 'no such file'}"
        )
    found = read_har_file(path, origin)
    if found is None:
        how = "export it with sensitive data, after sending a message"
        raise LoginRefusedError(f"{path} holds no usable sign-in of {origin}: {how}")
    return found


def _from_browser(origin: str, *, headless: bool, deadline: float | None) -> Credentials:
    import asyncio

    from provider.auth.browser import sign_in
    from provider.auth.chromium import BrowserSettings

    settings = BrowserSettings.from_environment()
    settings = replace(settings, headless=True) if headless else settings

    def on_progress(line: str) -> None:
        say(line, "dim")

    return asyncio.run(sign_in(origin, deadline=deadline, browser=settings, on_progress=on_progress))


def _check(found: Credentials) -> str:
    """Try the token with the service; returns the account, or why it was not tried, for people.

    Raises:
        MissingAuthError: The service refuses the token.
    """
    from provider import ConnectionClosedError, CopilotClient, TimeoutError  # noqa: A004  # ours is the builtin, too

    try:
        with CopilotClient(credentials=found, base_url=found.origin, timeout=20) as client:
            name = client.user().first_name
    except (ConnectionClosedError, TimeoutError):
        return " (the service could not be reached, so the token was not tried)"
    return f" as {name}" if name else ""


def _show(store: Store) -> int:
    """Print the stored sign-ins; returns the exit code, 1 if there is none."""
    kept = [found for origin in store.origins() if (found := store.load(origin)) is not None]
    for found in kept:
        what = "token" if found.token is not None else "cookies only"
        stdout().print(f"{found.origin}: {what}, {_until(found)} (from {found.source})")
    say(f"stored in {store.where}" if kept else f"no sign-in is stored in {store.where}", "dim")
    return 0 if kept else 1


def _until(found: Credentials) -> str:
    if found.expires_at is None:
        return "end unknown; tokens of this service live 60 to 90 minutes"
    minutes = round((found.expires_at - time.time()) / 60)
    at = f"{datetime.fromtimestamp(found.expires_at, UTC):%Y-%m-%d %H:%M} UTC"
    return f"expired since {at}" if minutes <= 0 else f"until {at} ({minutes} minutes)"
