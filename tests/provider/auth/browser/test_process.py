"""The browser's process, as asyncio starts and ends it."""

import asyncio
import contextlib
import os
from pathlib import Path

import pytest

from provider.auth.browser import process as browser_process
from provider.auth.browser.process import PipedBrowser, run_browser


def states_and_groups():
    """State and process group of each process; a zombie runs no more, but is there until its parent looks at it."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, leader = stat.read_text().rpartition(")")[2].split()[:3]
            yield state, int(leader)


async def test_start_that_is_cancelled_while_its_pipes_are_connected_ends_with_the_process(monkeypatch):
    loop = asyncio.get_running_loop()
    connecting, go_on = asyncio.Event(), asyncio.Event()
    connect, started = loop.connect_write_pipe, []

    async def slowly(*arguments):
        connecting.set()
        await go_on.wait()
        return await connect(*arguments)

    class Noted(PipedBrowser):
        # The shell's own child holds the other end of the pipe, and outlives a shell that is killed.
        shell = "sleep 60 <&0 & wait"

        def connection_made(self, transport):
            started.append(transport.get_pid())
            super().connection_made(transport)

    monkeypatch.setattr(loop, "connect_write_pipe", slowly)
    monkeypatch.setattr(browser_process, "_POLITE", 0.1)  # nothing there hears DevTools

    async def run():
        async with run_browser(["sleep", "60"], environment=dict(os.environ), kind=Noted):
            pytest.fail("the start was cancelled")

    task = asyncio.create_task(run())
    await connecting.wait()
    task.cancel()
    loop.call_later(0.05, go_on.set)
    await asyncio.wait([task], timeout=10)
    assert task.done()
    assert task.cancelled()
    (group,) = started
    assert not [state for state, leader in states_and_groups() if leader == group and state not in "ZX"]
