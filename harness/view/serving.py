"""`showing`: a page on a port of loopback, at a path that nobody can guess."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from fake_server import serve
from fake_server.stage import Answer, Request, Response

_HEADERS: Final = (
    ("content-type", "text/html; charset=utf-8"),
    ("content-security-policy", "frame-ancestors 'none'"),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cache-control", "no-store"),
)


class PageStage:
    """Answers requests for one page.

    Args:
        page: The document.
        secret: The path's only segment; every other request gets 404.
    """

    def __init__(self, page: bytes, secret: str) -> None:
        self._page = page
        self._path = f"/{secret}".encode()

    async def handle(self, request: Request) -> Answer:
        """Answer one request; see `fake_server.stage.Stage.handle`."""
        is_asked = hmac.compare_digest(request.path.encode(errors="replace"), self._path)
        if not is_asked or request.header("origin") is not None:  # a visit has no Origin; another site's page has
            return Response(status=404, headers=(("content-type", "text/plain"),), body=b"there is nothing here\n")
        if request.method not in ("GET", "HEAD"):
            return Response(status=405, headers=(("allow", "GET, HEAD"),))
        return Response(headers=_HEADERS, body=self._page)

    async def close(self) -> None:
        """Release everything that the stage holds; see `fake_server.stage.Stage.close`."""


@contextmanager
def showing(page: bytes, *, port: int = 0) -> Generator[str]:
    """Serve a page for a block; the value is its URL, which is secret.

    Args:
        page: The document.
        port: 0 for a free one.

    Raises:
        OSError: The port is in use.
    """
    secret = secrets.token_urlsafe(32)
    with serve(PageStage(page, secret), host="127.0.0.1", port=port) as server:
        yield f"{server.url}/{secret}"
