"""Answers that the host gives on its own account: JSON that says what is wrong."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from fake_server.host.pages import PageOriginError, page_origin
from fake_server.stage import Request, Response
from provider.websocket import Headers

_JSON: Final = (("content-type", "application/json"),)


class BadRequestError(Exception):
    """What came is no HTTP request, or too large, or too slow; ``status`` is the answer."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


def refusal(status: int, error: str, why: str, **more: str) -> Response:
    """A response that says so, e.g. ``{"wiretape": {"error": "access", "why": "..."}}``."""
    body = json.dumps({"wiretape": {"error": error, "why": why, **more}}).encode()
    return Response(status=status, headers=_JSON, body=body)


VERSION: Final = "13"
"""The one version of WebSocket that there is (RFC 6455 §4.1)."""
_HEADERS: Final[Mapping[int, Headers]] = {
    405: (("allow", "GET"),),
    426: (("upgrade", "websocket"), ("connection", "Upgrade"), ("sec-websocket-version", VERSION)),
}
"""What these answers must say besides."""
_KEY_BYTES: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One thing that is refused.

    Attributes:
        what: What the client did.
        answer: An HTTP status, or from 1000 on the code of a close frame.
        strict: Whether it takes a strict host to refuse it.
        source: Where that is written down.
    """

    what: str
    answer: int
    strict: bool = False
    source: str


REFUSALS: Final[Mapping[str, Refusal]] = {
    "host": Refusal(what="HTTP/1.1 without `Host`", answer=400, source="RFC 9112 §3.2"),
    "origin": Refusal(what="`Origin` of a page that is not allowed", answer=403, source="docs/protocol.md §4.1"),
    "foreign": Refusal(
        what="`Sec-Fetch-Site` of such a page, for a picture or a script", answer=403, source="Fetch Metadata §2.4"
    ),
    "target": Refusal(what="a target that is not ASCII", answer=400, source="RFC 9112 §3.2"),
    "lengths": Refusal(
        what="`Transfer-Encoding` beside `Content-Length`, or by HTTP/1.0", answer=400, source="RFC 9112 §6.1"
    ),
    "plain": Refusal(what="no `Upgrade: websocket` where a socket is", answer=426, source="RFC 9110 §15.5.22"),
    "key": Refusal(what="an upgrade without `Sec-WebSocket-Key`", answer=400, source="RFC 6455 §4.2.1"),
    "http-1.0": Refusal(what="an upgrade by HTTP/1.0", answer=426, strict=True, source="RFC 6455 §4.1"),
    "method": Refusal(what="an upgrade by another method than GET", answer=405, strict=True, source="RFC 6455 §4.1"),
    "version": Refusal(
        what="`Sec-WebSocket-Version` missing, or not 13", answer=426, strict=True, source="RFC 6455 §4.4"
    ),
    "odd key": Refusal(
        what="`Sec-WebSocket-Key` that is not base64 of 16 bytes", answer=400, strict=True, source="RFC 6455 §4.2.1"
    ),
    "mask": Refusal(what="a frame that is not masked", answer=1002, source="RFC 6455 §5.1"),
    "bits": Refusal(what="a frame with reserved bits, compressed ones too", answer=1002, source="RFC 6455 §5.2"),
    "opcode": Refusal(what="a frame of an unknown kind", answer=1002, source="RFC 6455 §5.2"),
    "sequence": Refusal(what="a continuation of nothing", answer=1002, source="RFC 6455 §5.4"),
    "control": Refusal(what="a control frame in pieces, or over 125 bytes", answer=1002, source="RFC 6455 §5.5"),
    "size": Refusal(what="a message over `Limits.message_bytes`", answer=1009, source="RFC 6455 §7.4.1"),
    "text": Refusal(what="a text message that is not UTF-8", answer=1007, strict=True, source="RFC 6455 §8.1"),
}


@dataclass(frozen=True, slots=True)
class _Upgrade:
    """What the handshake's rules look at."""

    request: Request
    http_version: str


_CHECKS: Final[Mapping[str, Callable[[_Upgrade], bool]]] = {
    "http-1.0": lambda asked: asked.http_version == "1.0",
    "method": lambda asked: asked.request.method != "GET",
    "version": lambda asked: asked.request.header("sec-websocket-version") != VERSION,
    "odd key": lambda asked: not _is_key(asked.request.header("sec-websocket-key") or ""),
}
"""What a strict host looks at before it lets an upgrade through, in this order."""


@dataclass(frozen=True, slots=True)
class Leniency:
    """How much a host puts up with."""

    strict: bool = False

    def refusal(self, request: Request, http_version: str) -> Response | None:
        """Why an upgrade is refused without a look at what it is for; None if it is not, or is none."""
        if not self.strict or not request.upgrade:
            return None
        asked = _Upgrade(request, http_version)
        broken = next((name for name, is_broken in _CHECKS.items() if is_broken(asked)), None)
        return None if broken is None else refuse(broken)


def refuse(name: str) -> Response:
    """The answer for a row of `REFUSALS` whose answer is an HTTP status."""
    rule = REFUSALS[name]
    answer = refusal(rule.answer, "upgrade", rule.what.replace("`", ""))
    return replace(answer, headers=(*answer.headers, *_HEADERS.get(rule.answer, ())))


def wants_websocket(headers: Headers) -> bool:
    """Whether a request with these asks for a WebSocket, whatever else it says or leaves out."""
    return any(name == "upgrade" and "websocket" in value.lower() for name, value in headers)


def _is_key(key: str) -> bool:
    try:
        return len(base64.b64decode(key, validate=True)) == _KEY_BYTES
    except (binascii.Error, ValueError):
        return False


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
