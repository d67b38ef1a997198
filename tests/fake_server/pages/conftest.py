"""A fake in any generation, and its pages in a real headless Chromium."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from fake_server import serve
from fake_server.script import Config, Script
from provider.wire.generations import GENERATIONS
from tests.support.browsers.chat_page import ask, open_chat, playing
from tests.support.browsers.driven_page import DrivenPage, driven_page
from tests.support.browsers.sealed_browser import chromium, sealed, settings, temporary

__all__ = ["chromium", "sealed", "settings", "temporary"]


class Site:
    """A fake on a port of its own."""

    def __init__(self, closing: ExitStack, **settings: Any) -> None:
        self.script = Script(Config(**settings))
        server = closing.enter_context(serve(self.script, own_origins=Script.ORIGINS))
        closing.callback(self._check, server.errors)
        self.url = server.url

    @staticmethod
    def _check(errors: list[BaseException]) -> None:
        assert not errors


@pytest.fixture(params=list(GENERATIONS))
def generation(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def running() -> Iterator[Any]:
    """Starts a fake with these settings; it ends with the test."""
    with ExitStack() as closing:
        yield lambda **settings: Site(closing, **settings)


@pytest.fixture
def site(running: Any) -> Site:
    """A fake as it is by itself."""
    return running()


@pytest.fixture
async def page(chromium: str, sealed: Any, temporary: Any) -> AsyncIterator[DrivenPage]:
    """An empty tab."""
    async with driven_page(chromium, sealed, temporary / "profile") as opened:
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
