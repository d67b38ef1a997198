"""Who may talk to the server: a web page must not drive it, neither by its Origin nor by a name bound to loopback."""

from __future__ import annotations

from collections.abc import Collection
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from fake_server.host.pages import PageOriginError, page_origin
from fake_server.host.refusals import refusal
from fake_server.stage import Request, Response

_FOREIGN_SITES: Final = frozenset({"cross-site", "same-site"})
_NO_NETLOC: Final = frozenset("@/?#\\ \t,")
_LONGEST_SHOWN: Final = 100
_LOCAL_NAMES: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class Access:
    """Checks Host and Origin of every request.

    The port in Host is not looked at: behind a forwarded port the client knows another one, and a page that was bound
    to loopback by DNS is known by its name. Requests without an Origin pass, for only browsers send one; but not those
    that a browser says a page of another site asks for (``Sec-Fetch-Site``): pictures and scripts have no Origin. Those
    without a Host are of HTTP/1.0, which no browser speaks.
    """

    def __init__(self, *, bound_host: str, allowed_hosts: Collection[str], allowed_origins: Collection[str]) -> None:
        self._hosts = _LOCAL_NAMES | {host.lower().strip("[]") for host in (*allowed_hosts, bound_host)}
        self._origins = frozenset(origin.lower().rstrip("/") for origin in allowed_origins)

    def refusal(self, request: Request) -> Response | None:
        """Why the request is not let in, as a response; None if it is."""
        host = request.header("host")
        name = _hostname(host or "")
        if host is not None and name not in self._hosts and "*" not in self._hosts:
            return refusal(421, "access", "this server does not go by that Host", allow="serve(.., allowed_hosts=[..])")
        origins = [value for name, value in request.headers if name == "origin"] or _embedding(request)
        if "*" in self._origins or all(self._is_allowed(origin.lower(), request) for origin in origins):
            return None
        return refusal(
            403,
            "access",
            "pages of that Origin may not use this server",
            allow="--allow-origin, or serve(.., allowed_origins=[..])",
        )

    def stranger(self, request: Request, refused: Response) -> str:
        """Who was refused, and what lets them in, for people; of what came only an origin that is one is shown."""
        if refused.status == HTTPStatus.MISDIRECTED_REQUEST:
            return "a client that called the server by another name: --tls-name, allowed_hosts=[..]"
        given = request.header("origin") or ""
        try:
            origin = page_origin(given)
        except PageOriginError:
            origin = ""
        if not origin or len(origin) > _LONGEST_SHOWN or not (origin.isascii() and origin.isprintable()):
            return "a page of another origin: --allow-origin, allowed_origins=[..]"
        return f"a page of {origin}: --allow-origin {origin}, allowed_origins=[..]"

    def _is_allowed(self, origin: str, request: Request) -> bool:
        # Its own origin is that of a page which this very server gave out; another local port is a stranger.
        return origin == request.origin.lower() or origin in self._origins


def _embedding(request: Request) -> list[str]:
    """The origin of a page that has a picture or a script here, as far as the browser tells; none of other requests."""
    is_foreign = request.header("sec-fetch-site") in _FOREIGN_SITES
    if not is_foreign or request.header("sec-fetch-mode") == "navigate":
        return []
    scheme, _, rest = (request.header("referer") or "").partition("://")
    return [f"{scheme}://{rest.partition('/')[0]}"]


def _hostname(netloc: str) -> str:
    """The name in ``name:port``, without brackets, in lower case; empty if there is none, or more than that."""
    if set(netloc) & _NO_NETLOC:
        return ""
    try:
        return urlsplit(f"//{netloc}").hostname or ""
    except ValueError:
        return ""
