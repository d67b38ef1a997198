"""A fake that is looked at while plain clients talk to it."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from websockets.sync.client import connect

from fake_server import serve
from fake_server.script import Config, Script
from fake_server.tracing import Traced


class Site:
    """A fake on a port of its own.

    Attributes:
        lines: What was said of it so far.
    """

    def __init__(self, closing: ExitStack, **settings: Any) -> None:
        self.lines: list[str] = []
        stage = Traced(Script(Config(**settings)), self.lines.append)
        self._server = closing.enter_context(serve(stage, own_origins=Script.ORIGINS))
        self._closing = closing

    def ask(self, method: str, path: str, **headers: str) -> httpx.Response:
        """One request; underscores in header names stand for hyphens."""
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        with httpx.Client(base_url=self._server.url, timeout=5, trust_env=False) as client:
            return client.request(method, path, headers=fields)

    def dial(self, query: str = "") -> Any:
        """A WebSocket, closed with the test."""
        limits = {"open_timeout": 5, "close_timeout": 5}
        url = f"{self._server.ws_url}/c/api/chat?api-version=2{query}"
        return self._closing.enter_context(connect(url, proxy=None, compression=None, **limits))

    def stop(self) -> None:
        """End the server, so that everything is said."""
        self._server.close()


@pytest.fixture
def site() -> Any:
    with ExitStack() as closing:
        yield lambda **settings: Site(closing, **settings)
