"""A sign-in that is stopped, killed, or meets another one leaves nothing behind."""

from __future__ import annotations

import asyncio
import random
import signal
import subprocess
import sys
import time

import pytest

from provider.auth.browser.login import sign_in
from provider.errors import LoginError
from tests.support.browsers.sign_in_page import NOTHING, TOKEN, msal

pytestmark = pytest.mark.browser
CHILD = """
import asyncio, sys
from pathlib import Path
from provider.auth.browser import sign_in
from provider.auth.chromium import BrowserSettings
url, profile, driver, *extra = sys.argv[1:]
settings = BrowserSettings(headless=True, profile=Path(profile), driver=driver, extra_args=tuple(extra))
asyncio.run(sign_in(url, browser=settings, on_progress=lambda line: print(line, flush=True)))
"""


def eventually(look, within=10.0):
    """What is seen once there is nothing left to see, or at the end of the time."""
    until = time.monotonic() + within
    while (seen := look()) and time.monotonic() < until:
        time.sleep(0.05)
    return seen


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
