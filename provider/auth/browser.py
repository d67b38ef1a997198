"""Signing in with a real browser: a person does it once, in a window with a profile of ours, and we read the token.

The profile is kept, so that the next time the service is signed in already and the window closes by itself, or need not
appear at all (``COPILOT_HEADLESS=1``). No check that is meant for a human is automated.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from provider.auth.chromium import BrowserSettings, Driver, browser_arguments, check_can_start, find_browser
from provider.auth.devtools import DevTools, DevToolsClosedError, DevToolsError
from provider.auth.pages import Pages, window_closed
from provider.auth.process import BrowserProcess, PipedBrowser, run_browser
from provider.auth.profile import HeldProfile, default_profile, hold_profile
from provider.auth.proxy import BrowserProxy, ProxySignIn, parse_proxy
from provider.auth.tokens import FoundToken, find_token, page_origin, select_cookies
from provider.credentials import Credentials
from provider.errors import LoginError, UsageError

_logger = logging.getLogger("provider.auth")

DEADLINE_VARIABLE: Final = "COPILOT_LOGIN_DEADLINE"
_NOT_THE_BROWSERS: Final = frozenset({"COPILOT_TOKEN", "COPILOT_HAR"})
"""What no browser, and no page in it, has any business with."""
_DEADLINE, _HEADLESS_DEADLINE = 300.0, 60.0
_START_PATIENCE: Final = 30.0
_POLL_EVERY: Final = 0.25
_PROFILE_IN_USE: Final = 21
"""Chromium's exit code when another computer or container seems to have the profile."""
_PROXY_MARKS: Final = ("PROXY", "TUNNEL", "SOCKS")
"""In the browser's names of errors."""

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What a person who has signed in has. Its repr shows neither token nor cookies.

    Attributes:
        token: The access token.
        cookies: Names and values, HttpOnly ones too.
        expires_at: When the token ends, Unix time in seconds; None if nothing says.
        identity_type: ``google`` and the like (docs/protocol.md §2.4), or None.
        origin: The service's.
    """

    token: str = field(repr=False)
    cookies: Mapping[str, str] = field(repr=False)
    expires_at: float | None = None
    identity_type: str | None = None
    origin: str | None = None

    @property
    def credentials(self) -> Credentials:
        """The same as a client takes it."""
        return Credentials(
            token=self.token,
            cookies=self.cookies,
            identity_type=self.identity_type,
            expires_at=self.expires_at,
            origin=self.origin,
            source="a browser's sign-in",
        )


async def get_access_token_and_cookies(
    url: str, proxy: str | None = None, target: str = "ChatAI"
) -> tuple[str, dict[str, str]]:
    """The access token and cookies of a person who signs in, in a real browser with a profile of ours.

    Args:
        url: The service's page.
        proxy: Proxy for the browser, with ``user:password@`` if it needs one.
        target: What the token's scope must contain (docs/protocol.md §2.3).

    Returns:
        Token and cookies.

    Raises:
        LoginError: ``reason`` says why there is no token.
        UsageError: ``url`` is no http(s) URL.
    """
    session = await sign_in(url, proxy=proxy, target=target)
    return session.token, dict(session.cookies)


async def sign_in(
    url: str,
    *,
    proxy: str | None = None,
    target: str = "ChatAI",
    deadline: float | None = None,
    browser: BrowserSettings | None = None,
    on_progress: Progress | None = None,
) -> Session:
    """Open a service's page in a browser and wait until it holds a token.

    The browser has ended and its temporary files are gone when this returns or raises, cancellation included.

    Args:
        url: The service's page; its origin is where tokens are looked for.
        proxy: As for `get_access_token_and_cookies`.
        target: As there.
        deadline: Seconds for everything, from waiting for the profile to the token. None for
            ``COPILOT_LOGIN_DEADLINE``, else 300, or 60 without a window.
        browser: None for what the environment says.
        on_progress: Called with each line that is logged.

    Raises:
        LoginError: ``reason`` says why there is no token.
        UsageError: ``url`` is no http(s) URL.
    """
    _check_url(url)
    settings = browser or BrowserSettings.from_environment()
    patience = _deadline(settings) if deadline is None else deadline
    attempt = _Attempt(url, target, settings, parse_proxy(proxy) if proxy else None, patience, on_progress)
    try:
        async with asyncio.timeout(patience):
            return await attempt.run()
    except TimeoutError:
        raise LoginError(
            f"No token within {patience:g} s", step=attempt.step, hint=attempt.advice(), reason="deadline"
        ) from None


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        valid = False
    if not valid:
        del url  # it may hold a password
        hint = "Give something like https://copilot.microsoft.com."
        raise UsageError("The page to sign in at is no http(s) URL", step="sign in", hint=hint)


def _deadline(settings: BrowserSettings) -> float:
    named = os.environ.get(DEADLINE_VARIABLE)
    if not named:
        return _HEADLESS_DEADLINE if settings.headless else _DEADLINE
    try:
        return float(named)
    except ValueError:
        raise UsageError(f"{DEADLINE_VARIABLE} is no number of seconds", step="sign in") from None


@dataclass(slots=True)
class _Attempt:
    """One sign-in, from the profile's lock to the cookies."""

    url: str
    target: str
    settings: BrowserSettings
    proxy: BrowserProxy | None
    patience: float
    on_progress: Progress | None
    step: str = "sign in"
    tokens_seen: int = 0

    async def run(self) -> Session:
        program = find_browser()
        no_sandbox = check_can_start(self.url, self.settings)
        folder = self.settings.profile or default_profile()
        self.step = "wait for the profile"
        async with hold_profile(folder, lambda: self._say("Waiting for another sign-in to end")) as profile:
            self._say("Starting %s", Path(program).name)
            arguments = browser_arguments(self.settings, profile=profile.path, proxy=self.proxy, no_sandbox=no_sandbox)
            async with self._browser([program, *arguments], profile) as process:
                return await self._use(process.devtools)

    def advice(self) -> str:
        """What to do after the deadline."""
        if self.step == "wait for the profile":
            return "Another process uses this profile: end it, or set COPILOT_PROFILE to another folder."
        if self.tokens_seen:
            return f"The page holds tokens, but none that has not expired and is for {self.target!r}."
        if self.settings.headless:
            return "Nobody can sign in without a window: do it once without COPILOT_HEADLESS."
        return "Sign in in the browser's window, and send a message there if that does not do."

    @contextlib.asynccontextmanager
    async def _browser(self, command: list[str], profile: HeldProfile) -> AsyncGenerator[BrowserProcess, None]:
        """A browser that has answered once."""
        self.step = "start the browser"
        temporary = str(profile.temporary)
        ours = {name: value for name, value in os.environ.items() if name not in _NOT_THE_BROWSERS}
        environment = {**ours, "TMPDIR": temporary, "BREAKPAD_DUMP_LOCATION": temporary}
        kind = _kind(self.settings.driver)
        async with run_browser(command, environment=environment, inherited=(profile.lock,), kind=kind) as process:
            await _first_answer(process)
            self.step = "sign in"
            yield process

    async def _use(self, devtools: DevTools) -> Session:
        try:
            proxy = None
            if self.proxy is not None and self.proxy.username:
                proxy = ProxySignIn(devtools, self.proxy)
                await proxy.start()
            pages = Pages(devtools, self.url)
            await pages.start()
            self._invite()
            self._check_opened(await pages.open(), pages, proxy)
            found = await self._wait_for_token(pages, proxy)
            cookies = select_cookies(await pages.cookies())
        except DevToolsClosedError:
            raise window_closed() from None
        except DevToolsError as error:
            what = "The browser does not understand our commands"
            raise LoginError(what, hint="Use a newer one.", reason="start-failed") from error
        self._say("Signed in; the browser closes")
        return Session(
            token=found.token,
            cookies=cookies,
            expires_at=found.expires_at,
            identity_type=found.identity_type,
            origin=page_origin(self.url),
        )

    def _check_opened(self, error: str, pages: Pages, proxy: ProxySignIn | None) -> None:
        _check_proxy(pages, proxy)
        if error and any(mark in error for mark in _PROXY_MARKS):
            raise LoginError("The proxy does not work for the browser", step="proxy", hint=f"{error}.", reason="proxy")
        if error:
            what = f"{page_origin(self.url)} could not be opened ({error})"
            raise LoginError(what, step=self.step, hint="Check the address and the network.", reason="no-token")

    async def _wait_for_token(self, pages: Pages, proxy: ProxySignIn | None) -> FoundToken:
        while True:
            _check_proxy(pages, proxy)
            entries = await pages.read_storage()
            self.tokens_seen = len(entries)
            found = find_token(entries, self.target, time.time()) or pages.socket_token
            if found is not None:
                return found
            await pages.check_open()
            await asyncio.sleep(_POLL_EVERY)

    def _invite(self) -> None:
        if self.settings.headless:
            self._say("Looking for a token of %s", page_origin(self.url))
        else:
            line = "Sign in at %s in the browser window that has opened (within %.0f s)"
            self._say(line, page_origin(self.url), self.patience, level=logging.WARNING)

    def _say(self, line: str, *values: object, level: int = logging.INFO) -> None:
        _logger.log(level, line, *values)
        if self.on_progress is not None:
            self.on_progress(line % values)


def _kind(driver: Driver) -> Callable[[], BrowserProcess]:
    if driver == "pipe":
        return PipedBrowser
    from provider.auth.nodriver_browser import AttachedBrowser

    return AttachedBrowser


def _check_proxy(pages: Pages, proxy: ProxySignIn | None) -> None:
    if pages.proxy_refused or (proxy is not None and proxy.refused):
        hint = "Check its user name and password."
        raise LoginError("The proxy refuses the browser", step="proxy", hint=hint, reason="proxy")


async def _first_answer(process: BrowserProcess) -> None:
    """Wait until DevTools answers.

    Raises:
        LoginError: It does not, or the browser ends at once (``start-failed``).
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
        hint = "Start it by hand to see what it says, or set CHROME_PATH to another one."
        if code in {0, _PROFILE_IN_USE}:
            hint = "Another browser uses this profile: close it, or set COPILOT_PROFILE to another folder."
    raise LoginError(what, step="start the browser", hint=hint, reason="start-failed")
