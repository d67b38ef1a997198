"""Who may talk to the server: a web page must not drive it, neither by its Origin nor by a name bound to loopback."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Final
from urllib.parse import urlsplit

from fake_server.stage import Request, Response

_LOCAL_NAMES: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_JSON: Final = (("content-type", "application/json"),)


class Access:
    """Checks Host and Origin of every request.

    Requests that come without an Origin pass: only browsers send one, and they always do where it matters.
    """

    def __init__(self, *, bound_host: str, allowed_hosts: Collection[str], allowed_origins: Collection[str]) -> None:
        self._hosts = _LOCAL_NAMES | {host.lower() for host in allowed_hosts} | {bound_host.lower()}
        self._origins = frozenset(origin.lower().rstrip("/") for origin in allowed_origins)

    def refusal(self, request: Request) -> Response | None:
        """Why the request is not let in, as a response; None if it is."""
        name = _hostname(request.header("host") or "")
        if name not in self._hosts and "*" not in self._hosts:
            return _refuse(421, "this server does not go by that Host", "serve(.., allowed_hosts=[..])")
        origin = request.header("origin")
        if origin is None or "*" in self._origins:
            return None
        origin = origin.lower()
        # A page that this very server gave out; one from another local port is a stranger.
        own = urlsplit(origin).netloc == (request.header("host") or "").lower()
        if own or origin in self._origins:
            return None
        return _refuse(403, "pages of that Origin may not use this server", "serve(.., allowed_origins=[..])")


def _hostname(netloc: str) -> str:
    """The name in ``name:port``, without brackets, in lower case."""
    try:
        return urlsplit(f"//{netloc}").hostname or ""
    except ValueError:
        return ""


def _refuse(status: int, why: str, how: str) -> Response:
    body = json.dumps({"wiretape": {"error": "access", "why": why, "allow": how}}).encode()
    return Response(status=status, headers=_JSON, body=body)
