"""Signing in with a real Chromium: what is found, what is refused, and that nothing is ever left behind."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import logging
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from provider.auth.browser import process
from provider.auth.browser.login import get_access_token_and_cookies, sign_in
from provider.errors import LoginError, UsageError
from tests.support.browsers.processes import processes_of
from tests.support.servers.raw_server import serve_raw

pytestmark = pytest.mark.browser

TOKEN, COOKIE, PASSWORD = "TOKEN-7f3a", "COOKIE-91bc", "PASSWORD-55de"
NOTHING = ([], [])
CHILD = """
import asyncio, sys
from pathlib import Path
from provider.auth.browser import sign_in
from provider.auth.chromium import BrowserSettings
url, profile, driver, *extra = sys.argv[1:]
settings = BrowserSettings(headless=True, profile=Path(profile), driver=driver, extra_args=tuple(extra))
asyncio.run(sign_in(url, browser=settings, on_progress=lambda line: print(line, flush=True)))
"""


def msal(secret=TOKEN, target="x/ChatAI.ReadWrite", until=3600.0):
    return {
        "credentialType": "AccessToken",
        "secret": secret,
        "target": target,
        "expiresOn": str(int(time.time() + until)),
    }


def eventually(look, within=10.0):
    """What is seen once there is nothing left to see, or at the end of the time."""
    until = time.monotonic() + within
    while (seen := look()) and time.monotonic() < until:
        time.sleep(0.05)
    return seen


# ---------------------------------------------------------------- what is found
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


# ---------------------------------------------------------------- what goes wrong
async def test_the_deadline_says_what_to_do_and_leaves_nothing(site, settings, left_behind):
    site.stores({"key": msal(target="Mail.Read")})
    with pytest.raises(LoginError, match=r"No token within 8 s .*no valid one for .ChatAI.") as caught:
        await sign_in(site.url, deadline=8, browser=settings)
    assert caught.value.reason == "deadline"
    assert left_behind() == NOTHING


@pytest.mark.parametrize("script", ["while (true) {}", "alert('hello')"], ids=["busy", "asking"])
async def test_a_page_that_hangs_meets_the_deadline(site, settings, left_behind, script):
    site.script = script
    with pytest.raises(LoginError) as caught:
        await sign_in(site.url, deadline=1.5, browser=settings)
    assert caught.value.reason == "deadline"
    assert left_behind() == NOTHING


@pytest.mark.parametrize("headless", [False, True])
async def test_a_browser_that_ends_is_told_from_the_rest(site, settings, left_behind, headless):
    def close(line):
        if line.startswith(("Sign in", "Looking")):
            os.kill(processes_of(settings.profile, helpers=False)[0], signal.SIGKILL)

    settings = replace(settings, headless=headless, extra_args=(*settings.extra_args, "--ozone-platform=headless"))
    with pytest.raises(LoginError) as caught:
        await sign_in(site.url, deadline=20, browser=settings, on_progress=close)
    assert caught.value.reason == "window-closed"
    assert left_behind() == NOTHING


async def test_a_page_that_cannot_be_had_is_an_error_at_once(nowhere, settings, left_behind):
    with pytest.raises(LoginError, match=r"could not be opened \(net::ERR_") as caught:
        await sign_in(nowhere, deadline=20, browser=settings)
    assert caught.value.reason == "no-token"
    assert left_behind() == NOTHING


@pytest.mark.parametrize("url", ["", "copilot.microsoft.com", "file:///etc/passwd", "javascript:alert(1)", "http://["])
async def test_what_is_no_page_is_refused(url):
    with pytest.raises(UsageError):
        await sign_in(url)


@pytest.mark.parametrize(
    ("does", "text"),
    [("exit 3", "exit code 3"), ("exit 21", "Another browser uses this profile"), ("exit 0", "uses this profile")],
)
async def test_a_browser_that_ends_at_once_is_told(nowhere, from_environment, write_program, left_behind, does, text):
    write_program(does)
    with pytest.raises(LoginError, match=text) as caught:
        await sign_in(nowhere, deadline=20)
    assert caught.value.reason == "start-failed"
    assert left_behind() == NOTHING


async def test_a_browser_that_ignores_everything_is_killed(
    nowhere, from_environment, write_program, left_behind, monkeypatch
):
    write_program("trap '' TERM; while true; do sleep 0.1; done")
    monkeypatch.setattr(process, "_POLITE", 0.2)
    monkeypatch.setattr(process, "_TERMINATED", 0.2)
    with pytest.raises(LoginError) as caught:
        await sign_in(nowhere, deadline=0.5)
    assert (caught.value.reason, caught.value.step) == ("deadline", "start the browser")
    assert left_behind() == NOTHING


# ---------------------------------------------------------------- proxies
def proxying(page: str, seen: list[str]):
    """A proxy that wants a password and answers every request itself; it notes what the command lines show."""
    right = "Basic " + base64.b64encode(f"user:{PASSWORD}".encode()).decode()

    async def script(connection):
        while True:
            request = await connection.read_request()
            if request.get("proxy-authorization") == right:
                seen.append(await asyncio.to_thread(command_lines))
                await connection.answer("200 OK", page.encode(), "Content-Type: text/html\r\n")
            else:
                await connection.answer("407 Who?", b"", 'Proxy-Authenticate: Basic realm="x"\r\n')

    return script


def command_lines() -> str:
    lines = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                lines.append((entry / "cmdline").read_bytes().decode(errors="replace"))
    return "\n".join(lines)


async def test_a_proxys_password_is_given_to_the_proxy_alone(nowhere, settings, left_behind, caplog):
    caplog.set_level(logging.DEBUG)
    seen = []
    page = f"<script>localStorage.setItem('k', JSON.stringify({msal()}))</script>"
    with serve_raw(proxying(page, seen)) as proxy:
        url = proxy.url.replace("//", f"//user:{PASSWORD}@")
        session = await sign_in(nowhere, proxy=url, deadline=20, browser=settings)
    assert session.token == TOKEN
    assert f"--proxy-server={proxy.url}" in seen[0]
    assert PASSWORD not in "".join(seen) + caplog.text
    assert left_behind() == NOTHING


@pytest.mark.parametrize("credentials", ["", f"user:not-{PASSWORD}@"])
async def test_a_proxy_that_refuses_is_told_without_its_password(nowhere, settings, left_behind, credentials):
    with serve_raw(proxying("", [])) as proxy:
        url = proxy.url.replace("//", f"//{credentials}")
        with pytest.raises(LoginError, match="The proxy rejects") as caught:
            await sign_in(nowhere, proxy=url, deadline=20, browser=settings)
    assert caught.value.reason == "proxy"
    assert PASSWORD not in str(caught.value)
    assert left_behind() == NOTHING


async def test_a_proxy_that_is_not_there_is_told(nowhere, site, settings):
    with pytest.raises(LoginError, match="ERR_PROXY_CONNECTION_FAILED") as caught:
        await sign_in(site.url, proxy=nowhere, deadline=20, browser=settings)
    assert caught.value.reason == "proxy"


# ---------------------------------------------------------------- being stopped
@pytest.mark.parametrize("after", [0.02, 0.2, 0.7])
async def test_cancelling_leaves_nothing(site, settings, left_behind, after):
    task = asyncio.ensure_future(sign_in(site.url, browser=settings))
    await asyncio.wait([task], timeout=after)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert left_behind() == NOTHING


async def test_cancelling_again_while_it_ends_leaves_nothing(site, settings, left_behind):
    task = asyncio.ensure_future(sign_in(site.url, browser=settings))
    await asyncio.wait([task], timeout=0.7)
    for _ in range(3):
        task.cancel()
        await asyncio.wait([task], timeout=0.02)
    with pytest.raises(asyncio.CancelledError):
        await task
    assert eventually(lambda: left_behind() if left_behind() != NOTHING else None) is None


def child(site, settings, **options) -> subprocess.Popen[str]:
    command = [
        sys.executable,
        "-X",
        "dev",
        "-W",
        "error",
        "-c",
        CHILD,
        site.url,
        str(settings.profile),
        settings.driver,
    ]
    return subprocess.Popen([*command, *settings.extra_args], stdout=subprocess.PIPE, text=True, **options)


def test_ctrl_c_leaves_nothing_and_warns_of_nothing(site, settings, left_behind):
    with child(site, settings, stderr=subprocess.PIPE) as running:
        assert running.stdout.readline() == "Starting chromium\n"
        assert running.stdout.readline().startswith("Looking for")
        running.send_signal(signal.SIGINT)
        _, complaints = running.communicate(timeout=20)
    assert complaints.endswith("KeyboardInterrupt\n")
    assert "Warning" not in complaints
    assert left_behind() == NOTHING


def test_no_kill_leaves_a_browser_and_the_next_sign_in_sweeps_up(site, settings, left_behind):
    for _ in range(5):
        with child(site, settings) as running:
            running.stdout.readline()
            time.sleep(random.uniform(0, 1.0))
            running.kill()
        assert eventually(lambda: left_behind()[0]) == []
    site.stores({"key": msal()})
    assert asyncio.run(sign_in(site.url, browser=settings)).token == TOKEN
    assert left_behind() == NOTHING


async def test_two_sign_ins_with_one_profile_wait_for_each_other(site, settings, left_behind):
    site.stores({"key": msal()}, after=300)
    said = []
    both = await asyncio.gather(
        sign_in(site.url, browser=settings, on_progress=lambda line: said.append(f"1 {line}")),
        sign_in(site.url, browser=settings, on_progress=lambda line: said.append(f"2 {line}")),
    )
    assert [session.token for session in both] == [TOKEN, TOKEN]
    ended, started = said.index("1 Signed in; the browser closes"), said.index("2 Starting chromium")
    assert said.index("2 Waiting for another sign-in to end") < ended < started
    assert left_behind() == NOTHING


async def test_waiting_for_another_process_meets_the_deadline(site, settings):
    with child(site, settings) as running:
        try:
            await asyncio.to_thread(running.stdout.readline)
            with pytest.raises(LoginError, match=r"wait for the profile.*COPILOT_PROFILE") as caught:
                await sign_in(site.url, deadline=0.3, browser=settings)
        finally:
            running.kill()
    assert caught.value.reason == "deadline"
