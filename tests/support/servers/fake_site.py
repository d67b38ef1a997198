"""A fake on a port of its own, and plain HTTP clients of it."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import httpx

from fake_server import serve
from fake_server.script import Config, Script


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
