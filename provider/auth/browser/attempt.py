"""One sign-in with a browser, from the lock of the profile to the token and the cookies."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

from provider.auth.browser.devtools import DevTools, DevToolsClosedError, DevToolsError
from provider.auth.browser.launch import open_browser
from provider.auth.browser.pages import BrowserPages, window_closed
from provider.auth.browser.profile import mark_signed_in
from provider.auth.browser.proxy import BrowserProxy, ProxySignIn
from provider.auth.chromium import BrowserSettings
from provider.auth.tokens import find_token, select_cookies
from provider.credentials import Credentials
from provider.errors import LoginError
from provider.urls import page_origin

_logger = logging.getLogger("provider.auth")

_POLL_EVERY: Final = 0.25
_PROXY_MARKS: Final = ("PROXY", "TUNNEL", "SOCKS")
"""In names of the browser's network errors that are the proxy's."""

Progress: TypeAlias = Callable[[str], None]


@dataclass(slots=True)
class SignInAttempt:
    """One sign-in.

    Attributes:
        url: The service's page.
        target: What the token's scope must contain.
        settings: The browser's.
        proxy: The browser's.
        patience: Seconds that the caller allows; shown to the user.
        on_progress: Called with each line that is logged.
        rejected: A token that is not accepted again.
        step: The current step, for error texts.
        tokens_seen: Number of tokens that were found in the page so far.
    """

    url: str
    target: str
    settings: BrowserSettings
    proxy: BrowserProxy | None
    patience: float
    on_progress: Progress | None
    rejected: str | None = field(default=None, repr=False)
    step: str = "sign in"
    tokens_seen: int = 0

    async def run(self) -> Credentials:
        """Return the credentials. The browser has ended when this returns or raises. The caller sets the deadline.

        Raises:
            LoginError: There are no credentials; ``reason`` says why.
        """
        async with open_browser(self.url, self.settings, proxy=self.proxy, on_step=self._at_step) as opened:
            credentials = await self._use(opened.process.devtools)
            mark_signed_in(opened.profile, page_origin(self.url))
            return credentials

    def _at_step(self, step: str, line: str) -> None:
        self.step = step
        if line:
            self.report("%s", line)

    def advice(self) -> str:
        """Return the hint for an expired deadline."""
        if self.step == "wait for the profile":
            return "Another process uses this profile. End it, or set COPILOT_PROFILE to another folder."
        if self.tokens_seen and self.rejected is not None:
            return "The browser profile still has only the rejected token. Sign in again."
        if self.tokens_seen:
            return f"The page has tokens, but no valid one for {self.target!r}."
        if self.settings.headless:
            return "A person needs a window to sign in. Sign in once without COPILOT_HEADLESS."
        return "Sign in in the browser's window. If that is not enough, send a message there."

    async def _use(self, devtools: DevTools) -> Credentials:
        try:
            proxy = None
            if self.proxy is not None and self.proxy.username:
                proxy = ProxySignIn(devtools, self.proxy)
                await proxy.start()
            pages = BrowserPages(devtools, self.url)
            await pages.start()
            self._invite()
            self._check_opened(await pages.open(), pages, proxy)
            found = await self._wait_for_token(pages, proxy)
            cookies = select_cookies(await pages.cookies())
        except DevToolsClosedError:
            raise window_closed() from None
        except DevToolsError as error:
            what = "The browser rejects a DevTools command that signing in needs"
            raise LoginError(what, hint="Use a newer browser.", reason="start-failed") from error
        self.report("Signed in; the browser closes")
        return replace(
            found, cookies=cookies, origin=page_origin(self.url), source="browser sign-in", renewable_by="browser"
        )

    def _check_opened(self, error: str, pages: BrowserPages, proxy: ProxySignIn | None) -> None:
        _check_proxy(pages, proxy)
        if error and any(mark in error for mark in _PROXY_MARKS):
            raise LoginError(
                "The browser for signing in cannot connect through the proxy",
                step="proxy",
                hint=f"{error}.",
                reason="proxy",
            )
        if error:
            what = f"{page_origin(self.url)} could not be opened ({error})"
            raise LoginError(what, step=self.step, hint="Check the address and the network.", reason="no-token")

    async def _wait_for_token(self, pages: BrowserPages, proxy: ProxySignIn | None) -> Credentials:
        while True:
            _check_proxy(pages, proxy)
            # Before the storage is read: the page stores a token, with its end, before it opens a socket with it.
            in_url = pages.socket_token
            entries = await pages.read_storage()
            self.tokens_seen = len(entries)
            for found in (find_token(entries, self.target, time.time()), in_url):
                if found is not None and found.token != self.rejected:
                    return found
            await pages.check_open()
            await asyncio.sleep(_POLL_EVERY)

    def _invite(self) -> None:
        if self.settings.headless:
            self.report("Looking for a token of %s", page_origin(self.url))
        else:
            line = "Sign in at %s in the browser window that has opened (within %.0f s)"
            self.report(line, page_origin(self.url), self.patience, level=logging.WARNING)

    def report(self, line: str, *values: object, level: int = logging.INFO) -> None:
        """Log a line, and pass it to ``on_progress``."""
        _logger.log(level, line, *values)
        if self.on_progress is not None:
            self.on_progress(line % values)


def _check_proxy(pages: BrowserPages, proxy: ProxySignIn | None) -> None:
    if pages.proxy_refused or (proxy is not None and proxy.refused):
        hint = "Check its user name and password."
        raise LoginError(
            "The proxy rejects the browser's user name and password", step="proxy", hint=hint, reason="proxy"
        )
