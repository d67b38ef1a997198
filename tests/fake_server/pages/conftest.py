"""A fake in any generation, and its pages in a real headless Chromium."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.support.browsers.chat_page import ask, open_chat, playing
from tests.support.browsers.driven_page import DrivenPage
from tests.support.browsers.sealed_browser import chromium, sealed, temporary
from tests.support.browsers.shared_browser import SharedBrowser, shared_browser
from tests.support.servers.fake_site import Site

__all__ = ["chromium", "sealed", "shared_browser", "temporary"]


@pytest.fixture
def site(running: Any) -> Site:
    """A fake as it is by itself."""
    return running()


@pytest.fixture
async def page(shared_browser: SharedBrowser) -> AsyncIterator[DrivenPage]:
    """An empty tab of nobody yet: no cookie, nothing stored."""
    async with shared_browser.new_page() as opened:
        yield opened


@pytest.fixture
async def chat(page, site):
    """The chat page of a fake as it is by itself."""
    await open_chat(page, site)
    return page


@pytest.fixture
def showing(page, running):
    """The chat page after a turn that a scenario of these steps plays."""

    async def showing(*steps, **settings):
        await open_chat(page, running(scenarios=(playing(*steps),), **settings))
        await ask(page, "/test")
        return page

    return showing
