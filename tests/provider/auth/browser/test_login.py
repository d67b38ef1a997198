"""Signing in with a real Chromium: which token is found, and that nothing is ever left behind."""

from __future__ import annotations

import logging
import time
from dataclasses import replace

import pytest

from provider.auth.browser.login import get_access_token_and_cookies, sign_in
from tests.support.browsers.sign_in_page import COOKIE, NOTHING, TOKEN, msal

pytestmark = pytest.mark.browser


async def test_token_and_cookies_come_as_a_pair_and_are_never_shown(site, from_environment, left_behind, caplog):
    caplog.set_level(logging.DEBUG)
    site.headers = [("set-cookie", f"seen={COOKIE}; HttpOnly; Path=/"), ("set-cookie", "plain=1; Max-Age=60")]
    site.stores({"key": msal()})
    pair = await get_access_token_and_cookies(site.url)
    assert pair == (TOKEN, {"seen": COOKIE, "plain": "1"})
    assert left_behind() == NOTHING
    assert "Starting sealed-chromium" in caplog.text
    assert TOKEN not in caplog.text
    assert COOKIE not in caplog.text


async def test_the_right_token_is_found_among_others(site, settings):
    site.stores({
        "expired": msal("EXPIRED", until=-1),
        "text": "AccessToken, not JSON",
        "null": "null",
        "mail": msal("MAIL", target="Mail.Read", until=9000),
        "short": msal("SHORT", until=60),
        "long": msal(until=7200),
    })  # fmt: skip
    session = await sign_in(site.url, browser=settings)
    assert session.token == TOKEN
    assert session.expires_at == pytest.approx(time.time() + 7200, abs=60)
    assert TOKEN not in repr(session)


async def test_a_token_that_comes_late_is_waited_for(site, settings):
    said = []
    site.stores({"key": msal()}, after=1200)
    session = await sign_in(site.url, browser=settings, on_progress=said.append)
    assert session.token == TOKEN
    assert said == [
        "Starting chromium",
        f"Looking for a token of {site.url[:-1]}",
        "Signed in; the browser closes",
    ]


async def test_a_token_that_only_the_pages_socket_has_is_found(site, settings):
    site.script = f"setInterval(() => new WebSocket('/c/api/chat?accessToken={TOKEN}&X-UserIdentityType=google'), 300)"
    session = await sign_in(site.url, browser=settings)
    assert (session.token, session.identity_type, session.expires_at) == (TOKEN, "google", None)


async def test_a_token_of_another_page_of_the_origin_is_found(site, settings):
    site.script = (
        "if (location.pathname === '/signed-in')"
        f" setInterval(() => new WebSocket('/c/api/chat?accessToken={TOKEN}'), 300);"
        " else open('/signed-in')"
    )
    settings = replace(settings, extra_args=(*settings.extra_args, "--disable-popup-blocking"))
    assert (await sign_in(site.url, browser=settings)).token == TOKEN


async def test_a_profile_stays_signed_in_and_a_window_does_as_well(site, settings):
    site.headers = [("set-cookie", f"kept={COOKIE}; HttpOnly; Max-Age=600")]
    site.stores({"key": msal()})
    await sign_in(site.url, browser=settings)
    site.script, site.headers = "", []
    window = replace(settings, headless=False, extra_args=(*settings.extra_args, "--ozone-platform=headless"))
    again = await sign_in(site.url, browser=window)
    assert (again.token, again.cookies) == (TOKEN, {"kept": COOKIE})
