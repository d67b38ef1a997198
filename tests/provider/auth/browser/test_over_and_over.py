"""Many sign-ins and many kills: what is left of them is counted, and it is nothing."""

import asyncio
import contextlib
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from provider.auth.browser import sign_in
from tests.support.browsers.processes import processes_of

pytestmark = [pytest.mark.browser, pytest.mark.long]

LOGINS = {"pipe": 50, "nodriver": 15}
"""How many sign-ins each driver makes: nodriver's are another library's connection around the same process."""
KILLS = 20
LONGEST = 1.2
"""Seconds after which a sign-in is over, or nearly."""
CHILD = """
import asyncio, sys
from pathlib import Path
from provider.auth.browser import sign_in
from provider.auth.chromium import BrowserSettings
url, profile, driver, *extra = sys.argv[1:]
settings = BrowserSettings(headless=True, profile=Path(profile), driver=driver, extra_args=tuple(extra))
print("ready", flush=True)
asyncio.run(sign_in(url, browser=settings))
"""
TOKEN = {"credentialType": "AccessToken", "secret": "t" * 40, "target": "x/ChatAI.ReadWrite", "expiresOn": "9999999999"}


@pytest.fixture
def descriptors():
    """Files and sockets that this process has open."""
    return lambda: len(list(Path("/proc/self/fd").iterdir()))


@pytest.fixture
def waited_for(settings):
    """Processes and locks of the profile that are there after what is on its way out has had its time."""

    def look(within=15.0):
        until = time.monotonic() + within
        while (found := (processes_of(settings.profile), locks_held(settings.profile))) != ([], []):
            if time.monotonic() > until:
                break
            time.sleep(0.02)
        return found

    return look


def test_many_sign_ins_in_a_row_leave_nothing(site, settings, left_behind, descriptors):
    site.stores({"key": TOKEN})

    async def all_of_them():
        await sign_in(site.url, browser=settings)
        before = descriptors()
        for _ in range(LOGINS[settings.driver] - 1):
            assert (await sign_in(site.url, browser=settings)).token == TOKEN["secret"]
        return before, descriptors()

    before, after = asyncio.run(all_of_them())
    assert after <= before
    assert left_behind() == ([], [])
    assert list(settings.profile.glob("*.lock"))
    assert locks_held(settings.profile) == []


def test_twenty_kills_at_any_moment_leave_nothing_that_lasts(site, settings, left_behind, waited_for):
    site.stores({"key": TOKEN}, after=300)
    moments = random.Random(20)
    command = [sys.executable, "-c", CHILD, site.url, str(settings.profile), settings.driver, *settings.extra_args]
    for _ in range(KILLS):
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as running:
            assert running.stdout.readline() == b"ready\n"
            with contextlib.suppress(subprocess.TimeoutExpired):
                running.wait(moments.uniform(0, LONGEST))
            running.kill()
        assert waited_for() == ([], [])
    # Its folder for temporary files is swept up by whoever comes next.
    assert asyncio.run(sign_in(site.url, browser=settings)).token == TOKEN["secret"]
    assert left_behind() == ([], [])


def locks_held(profile: Path) -> list[str]:
    """Lines of the system's table of locks that are about a file of the profile."""
    inodes = {str(path.stat().st_ino) for path in profile.glob("*.lock")}
    lines = Path("/proc/locks").read_text().splitlines()
    return [line for line in lines if line.split()[5].rpartition(":")[2] in inodes]
