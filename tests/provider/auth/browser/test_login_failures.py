"""Signing in with a real Chromium that hangs, ends or is refused; behind proxies, too."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import logging
import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from provider.auth.browser import process
from provider.auth.browser.login import sign_in
from provider.errors import LoginError, UsageError
from tests.support.browsers.processes import processes_of
from tests.support.browsers.sign_in_page import NOTHING, PASSWORD, TOKEN, msal
from tests.support.servers.raw_server import serve_raw

pytestmark = pytest.mark.browser


async def test_the_deadline_says_what_to_do_and_leaves_nothing(site, settings, left_behind):
    site.stores({"key": msal(target="Mail.Read")})
    with pytest.raises(LoginError, match=r"no access token within 8 s .*no valid one for .ChatAI.") as caught:
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
