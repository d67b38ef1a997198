"""`WantedTraffic`: which requests of a browser belong to a recording."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from typing import Final

from provider.urls import page_origin

_CALLS: Final = frozenset({"XHR", "Fetch", "EventSource", "Ping"})
_WEB: Final = frozenset({"http", "https", "ws", "wss"})


class WantedTraffic:
    """Decides by URL and by the browser's type of the resource.

    Args:
        url: A URL of the service; its origin is the main upstream.
        further: Origins of the further upstreams.
        everything: Whether pages, scripts, pictures and the like are wanted, too.
    """

    def __init__(self, url: str, *, further: Iterable[str] = (), everything: bool = False) -> None:
        self._origins = {page_origin(url): "", **{page_origin(each): each for each in further}}
        self._everything = everything

    def has(self, url: str, kind: str) -> bool:
        """Whether a request of this type (``Fetch``, ``Document``..) is recorded."""
        return (self._everything or kind in _CALLS) and kind != "Preflight" and self.upstream_of(url) is not None

    def upstream_of(self, url: str) -> str | None:
        """The further upstream of a URL, empty for the main one; None for any other host."""
        scheme, _, rest = url.partition(":")
        if scheme not in _WEB:
            return None
        with contextlib.suppress(ValueError):
            return self._origins.get(page_origin(f"{scheme.replace('ws', 'http')}:{rest}"))
        return None
