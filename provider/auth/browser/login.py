"""Sign-in with a real browser: a person signs in once, in a window with a profile of its own, and the token is read.

The profile stays signed in, so that the next time no window opens. No check that is meant for a human is automated.
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from typing import Final, Literal, overload
from urllib.parse import urlsplit

from provider import clock
from provider.auth.browser.attempt import Progress, SignInAttempt
from provider.auth.browser.profile import default_profile, forget_signed_in, was_signed_in
from provider.auth.browser.proxy import parse_proxy
from provider.auth.chromium import BrowserSettings
from provider.credentials import Credentials
from provider.errors import LoginError, UsageError
from provider.urls import page_origin

DEADLINE_VARIABLE: Final = "COPILOT_LOGIN_DEADLINE"
_DEADLINE, _HEADLESS_DEADLINE, _PROFILE_DEADLINE = 300.0, 60.0, 20.0


async def get_access_token_and_cookies(
    url: str, proxy: str | None = None, target: str = "ChatAI"
) -> tuple[str, dict[str, str]]:
    """Let a person sign in with a real browser, and return the access token and cookies.

    Args:
        url: The service's page.
        proxy: The browser's proxy, with ``user:password@`` if it needs one.
        target: What the token's scope must contain (docs/protocol.md §2.3).

    Returns:
        Token and cookies.

    Raises:
        LoginError: ``reason`` says why there is no token.
        UsageError: ``url`` is not an http(s) URL.
    """
    found = await sign_in(url, proxy=proxy, target=target)
    assert found.token is not None, "a sign-in ends with a token or an error"
    return found.token, dict(found.cookies)


async def sign_in(
    url: str,
    *,
    proxy: str | None = None,
    target: str = "ChatAI",
    deadline: float | None = None,
    browser: BrowserSettings | None = None,
    on_progress: Progress | None = None,
    rejected: str | None = None,
) -> Credentials:
    """Open a service's page in a browser, wait until it has a token, and return the credentials.

    If the profile was signed in the last time, the browser first tries without a window. It has ended, and its
    temporary files are removed, when this returns, raises or is cancelled.

    Args:
        url: The service's page. Tokens of its origin are read.
        proxy: As for `get_access_token_and_cookies`.
        target: As for `get_access_token_and_cookies`.
        deadline: Seconds for everything, from waiting for the profile to the token. None for
            ``COPILOT_LOGIN_DEADLINE``, else 300, or 60 without a window.
        browser: By default, the settings of the environment.
        on_progress: Called with each line that is logged.
        rejected: A token that is not accepted again.

    Raises:
        LoginError: ``reason`` says why there is no token.
        UsageError: ``url`` is not an http(s) URL.
    """
    _check_url(url)
    settings = browser or BrowserSettings.from_environment()
    patience = _deadline(settings) if deadline is None else deadline
    attempt = SignInAttempt(
        url, target, settings, parse_proxy(proxy) if proxy else None, patience, on_progress, rejected
    )
    begun = clock.monotonic()
    windowless = _without_window(attempt)
    if windowless is not None:
        found = await _within(windowless, lenient=True)
        if found is not None:
            return found
        forget_signed_in(settings.profile or default_profile(), page_origin(url))
        attempt.patience = max(1.0, patience - (clock.monotonic() - begun))
    return await _within(attempt)


def _without_window(attempt: SignInAttempt) -> SignInAttempt | None:
    """Return the attempt without a window, if the profile was signed in and the settings allow it; else None."""
    settings = attempt.settings
    folder = settings.profile or default_profile()
    if settings.headless is not None or not was_signed_in(folder, page_origin(attempt.url)):
        return None
    return replace(
        attempt, settings=replace(settings, headless=True), patience=min(_PROFILE_DEADLINE, attempt.patience)
    )


@overload
async def _within(attempt: SignInAttempt, *, lenient: Literal[True]) -> Credentials | None: ...
@overload
async def _within(attempt: SignInAttempt) -> Credentials: ...
async def _within(attempt: SignInAttempt, *, lenient: bool = False) -> Credentials | None:
    """Run an attempt within its deadline; with ``lenient``, return None after the deadline."""
    try:
        async with asyncio.timeout(attempt.patience):
            return await attempt.run()
    except TimeoutError:
        if lenient and attempt.step == "sign in":
            attempt.report("The profile is not signed in any more")
            return None
        raise LoginError(
            f"The browser got no access token within {attempt.patience:g} s",
            step=attempt.step,
            hint=attempt.advice(),
            reason="deadline",
        ) from None


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        valid = False
    if not valid:
        del url  # keeps the secret out of traceback frames
        hint = "Use something like https://copilot.microsoft.com."
        raise UsageError("The URL of the page to sign in at is not an http(s) URL", step="sign in", hint=hint)


def _deadline(settings: BrowserSettings) -> float:
    named = os.environ.get(DEADLINE_VARIABLE)
    if not named:
        return _HEADLESS_DEADLINE if settings.headless else _DEADLINE
    try:
        return float(named)
    except ValueError:
        hint = "Set it to a number such as 300, or unset it."
        raise UsageError(f"{DEADLINE_VARIABLE} is not a number of seconds", step="sign in", hint=hint) from None
