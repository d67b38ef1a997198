"""A real headless Chromium that many tests share: each has a browser context, with cookies, storage and a cache of its own.

It runs on an event loop in a thread of its own, because each test has another loop. Starting Chromium takes a second of CPU.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import tempfile
import threading
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import pytest

from provider.auth.browser.devtools import BrowserEvent, DevTools
from provider.auth.chromium import BrowserSettings
from tests.support.browsers.chromium_page import installed_browser
from tests.support.browsers.driven_page import DrivenPage, running_devtools
from tests.support.browsers.sealed_browser import SEAL

_PATIENCE = 60.0
T = TypeVar("T")


class _FromAnotherLoop:
    """`DevTools` of a browser that runs on another event loop than the caller's."""

    def __init__(self, devtools: DevTools, browser_loop: asyncio.AbstractEventLoop) -> None:
        self._devtools = devtools
        self._browser_loop = browser_loop
        self._listener: Callable[[BrowserEvent], object] | None = None

    async def send(
        self, method: str, params: Mapping[str, Any] | None = None, session_id: str | None = None
    ) -> Mapping[str, Any]:
        sending = self._devtools.send(method, params, session_id)
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(sending, self._browser_loop))

    def post(self, method: str, params: Mapping[str, Any] | None = None, session_id: str | None = None) -> None:
        self._browser_loop.call_soon_threadsafe(self._devtools.post, method, params, session_id)

    def listen(self, listener: Callable[[BrowserEvent], object]) -> None:
        """Call ``listener`` on the caller's loop."""
        self._listener = listener
        loop = asyncio.get_running_loop()

        def heard(event: BrowserEvent) -> None:
            if self._listener is not None:
                loop.call_soon_threadsafe(self._listener, event)

        self._browser_loop.call_soon_threadsafe(self._devtools.listen, heard)

    def close(self) -> None:
        """Call the listener no more: `DevTools` keeps it until the browser ends."""
        self._listener = None


class SharedBrowser:
    """A running browser; see `new_page`."""

    def __init__(self, program: str, folder: Path) -> None:
        self._program = program
        self._folder = folder
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="shared browser")
        self._browser = contextlib.AsyncExitStack()

    def start(self) -> None:
        self._thread.start()
        settings = BrowserSettings(headless=True, extra_args=(SEAL,))
        running = running_devtools(self._program, settings, self._folder / "profile")
        self._devtools = self._wait_for(self._browser.enter_async_context(running))

    def close(self) -> None:
        try:
            self._wait_for(self._browser.aclose())
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    @contextlib.asynccontextmanager
    async def new_page(self) -> AsyncGenerator[DrivenPage]:
        """An empty tab in a new browser context; both end with the block."""
        devtools = _FromAnotherLoop(self._devtools, self._loop)
        context = await devtools.send("Target.createBrowserContext", {"disposeOnDetach": True})
        try:
            yield await DrivenPage.create(devtools, context)
        finally:
            devtools.close()
            await devtools.send("Target.disposeBrowserContext", context)

    def _wait_for(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(_PATIENCE)


@pytest.fixture(scope="module")
def shared_browser() -> Generator[SharedBrowser]:
    """One for the tests of a module. Without a browser they are skipped, or fail where WIRETAPE_REQUIRE_BROWSER is set."""
    program = installed_browser()
    folder = Path(tempfile.mkdtemp(prefix="wt", dir="/tmp"))  # a short path, for a browser's sockets
    browser = SharedBrowser(program, folder)
    try:
        browser.start()
        yield browser
    finally:
        browser.close()
        shutil.rmtree(folder, ignore_errors=True)
