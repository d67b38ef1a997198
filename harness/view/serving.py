"""`showing`: a page on a port of loopback, at a path that nobody can guess."""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any, Final, TypeAlias
from urllib.parse import parse_qsl, urlsplit

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


Feed: TypeAlias = Callable[[int, int, int], Mapping[str, Any] | None]
"""Returns what a page that follows a session lacks; see `harness.view.live.LiveFeed.since`."""


class PageStage:
    """Answers requests for one page.

    Args:
        page: The document.
        secret: The path's first segment; every other path gets 404.
        feed: Answers the page at ``/SECRET/session``; None for a page that asks nothing.
    """

    def __init__(self, page: bytes, secret: str, feed: Feed | None = None) -> None:
        self._page = page
        self._path = f"/{secret}".encode()
        self._feed = feed

    async def handle(self, request: Request) -> Answer:
        """Answer one request; see `fake_server.stage.Stage.handle`."""
        path = request.path.encode(errors="replace")
        is_page = hmac.compare_digest(path, self._path)
        is_feed = self._feed is not None and hmac.compare_digest(path, self._path + b"/session")
        # A visit has no Origin, and neither have the page's own questions; what another site's page asks has one, or
        # the browser says that it is another site.
        is_own = request.header("origin") is None and request.header("sec-fetch-site") not in (
            "cross-site",
            "same-site",
        )
        if not (is_page or is_feed) or not is_own:
            return Response(status=404, headers=(("content-type", "text/plain"),), body=b"there is nothing here\n")
        if request.method not in ("GET", "HEAD"):
            return Response(status=405, headers=(("allow", "GET, HEAD"),))
        if is_page:
            return Response(headers=_HEADERS, body=self._page)
        return self._news(request)

    def _news(self, request: Request) -> Response:
        assert self._feed is not None
        asked = dict(parse_qsl(urlsplit(request.target).query))
        try:
            epoch, known, state = (int(asked[name]) for name in ("epoch", "known", "state"))
        except (KeyError, ValueError):
            return Response(status=400)
        news = self._feed(epoch, max(0, known), state)
        if news is None:
            return Response(status=204, headers=_HEADERS[1:])
        headers = (("content-type", "application/json"), *_HEADERS[1:])
        return Response(headers=headers, body=json.dumps(news, separators=(",", ":")).encode())

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
