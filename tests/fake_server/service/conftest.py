"""A running fake in any generation, and plain HTTP clients of it."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from fake_server import serve
from fake_server.script import Config, Script
from provider.wire.generations import GENERATIONS


class Site:
    """A fake on a port of its own.

    Attributes:
        script: The stage behind it.
        url: Its base URL.
    """

    def __init__(self, closing: ExitStack, **settings: Any) -> None:
        self.script = Script(Config(**settings))
        server = closing.enter_context(serve(self.script, own_origins=Script.ORIGINS))
        closing.callback(lambda: self._nothing_failed(server.errors))
        self.url = server.url
        self._closing = closing

    def client(self, token: str | None = None, **headers: str) -> httpx.Client:
        """A client that keeps cookies, with that Bearer token; underscores in header names stand for hyphens."""
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        if token is not None:
            fields["authorization"] = f"Bearer {token}"
        made = httpx.Client(base_url=self.url, headers=fields, timeout=5, trust_env=False, verify=False)
        return self._closing.enter_context(made)

    def upgrade(self, query: str = "", **headers: str) -> int:
        """The status that an upgrade is answered with."""
        fields = {"connection": "Upgrade", "upgrade": "websocket", "sec-websocket-version": "13"}
        fields |= {"sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ=="}
        with self.client(**headers).stream("GET", f"/c/api/chat?api-version=2{query}", headers=fields) as answer:
            return answer.status_code

    @staticmethod
    def _nothing_failed(errors: list[BaseException]) -> None:
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
def site(running: Any, generation: str) -> Site:
    """A fake of each generation."""
    return running(generation=generation)


@pytest.fixture
def jwt() -> Any:
    """Makes a readable token with these claims; its signature is nobody's."""

    def jwt(**claims: Any) -> str:
        parts = ({"alg": "RS256", "typ": "JWT"}, claims)
        encoded = (base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts)
        return ".".join((*encoded, "c2lnbmF0dXJl"))

    return jwt
