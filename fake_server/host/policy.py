"""The requests and messages that the host refuses by itself: always, or only if it is strict.

docs/leniency.md shows the table `HOST_RULES`. The host accepts everything else.
"""

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
    """A request is invalid, too large or too slow; ``status`` is that of the response."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


def refusal(status: int, error: str, why: str, **more: str) -> Response:
    """A response with the cause as JSON: ``{"wiretape": {"error": "access", "why": "..."}}``."""
    body = json.dumps({"wiretape": {"error": error, "why": why, **more}}).encode()
    return Response(status=status, headers=_JSON, body=body)


VERSION: Final = "13"
"""The version of WebSocket (RFC 6455 §4.1)."""
_HEADERS: Final[Mapping[int, Headers]] = {
    405: (("allow", "GET"),),
    426: (("upgrade", "websocket"), ("connection", "Upgrade"), ("sec-websocket-version", VERSION)),
}
"""Headers that these responses must have."""
_KEY_BYTES: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class HostRule:
    """A rule by which the host refuses a request or a message.

    Attributes:
        what: What the client did.
        answer: An HTTP status, or the code of a close frame (1000 and above).
        strict: Whether only a strict host applies it.
        source: The standard that has the rule.
    """

    what: str
    answer: int
    strict: bool = False
    source: str


HOST_RULES: Final[Mapping[str, HostRule]] = {
    "host": HostRule(what="HTTP/1.1 without `Host`", answer=400, source="RFC 9112 §3.2"),
    "origin": HostRule(what="`Origin` of a page that is not allowed", answer=403, source="docs/protocol.md §4.1"),
    "foreign": HostRule(
        what="`Sec-Fetch-Site` of such a page, for a picture or a script", answer=403, source="Fetch Metadata §2.4"
    ),
    "lengths": HostRule(
        what="`Transfer-Encoding` beside `Content-Length`, or by HTTP/1.0", answer=400, source="RFC 9112 §6.1"
    ),
    "plain": HostRule(what="no `Upgrade: websocket` where a socket is", answer=426, source="RFC 9110 §15.5.22"),
    "key": HostRule(what="an upgrade without `Sec-WebSocket-Key`", answer=400, source="RFC 6455 §4.2.1"),
    "http-1.0": HostRule(what="an upgrade by HTTP/1.0", answer=426, strict=True, source="RFC 6455 §4.1"),
    "method": HostRule(what="an upgrade by another method than GET", answer=405, strict=True, source="RFC 6455 §4.1"),
    "version": HostRule(
        what="`Sec-WebSocket-Version` missing, or not 13", answer=426, strict=True, source="RFC 6455 §4.4"
    ),
    "odd key": HostRule(
        what="`Sec-WebSocket-Key` that is not base64 of 16 bytes", answer=400, strict=True, source="RFC 6455 §4.2.1"
    ),
    "mask": HostRule(what="a frame that is not masked", answer=1002, source="RFC 6455 §5.1"),
    "bits": HostRule(what="a frame with reserved bits, compressed ones too", answer=1002, source="RFC 6455 §5.2"),
    "opcode": HostRule(what="a frame of an unknown kind", answer=1002, source="RFC 6455 §5.2"),
    "sequence": HostRule(what="a continuation of nothing", answer=1002, source="RFC 6455 §5.4"),
    "control": HostRule(what="a control frame in pieces, or over 125 bytes", answer=1002, source="RFC 6455 §5.5"),
    "size": HostRule(what="a message over `Limits.message_bytes`", answer=1009, source="RFC 6455 §7.4.1"),
    "pieces": HostRule(
        what="a message of more than `Limits.message_frames` frames", answer=1009, source="RFC 6455 §7.4.1"
    ),
    "late": HostRule(
        what="a message not complete within `Limits.message_timeout`", answer=1008, source="RFC 6455 §7.4.1"
    ),
    "text": HostRule(what="a text message that is not UTF-8", answer=1007, strict=True, source="RFC 6455 §8.1"),
}


@dataclass(frozen=True, slots=True)
class _Upgrade:
    """An upgrade, as the rules of `_CHECKS` read it."""

    request: Request
    http_version: str


_CHECKS: Final[Mapping[str, Callable[[_Upgrade], bool]]] = {
    "http-1.0": lambda upgrade: upgrade.http_version == "1.0",
    "method": lambda upgrade: upgrade.request.method != "GET",
    "version": lambda upgrade: upgrade.request.header("sec-websocket-version") != VERSION,
    "odd key": lambda upgrade: not _is_key(upgrade.request.header("sec-websocket-key") or ""),
}
"""The rules that a strict host checks before it passes an upgrade to the stage, in this order."""


@dataclass(frozen=True, slots=True)
class HandshakePolicy:
    """Decides whether the host refuses a WebSocket upgrade."""

    strict: bool = False

    def refusal(self, request: Request, http_version: str) -> Response | None:
        """The refusal of an upgrade, before the stage sees it; None if it is admitted, or not an upgrade."""
        if not self.strict or not request.upgrade:
            return None
        upgrade = _Upgrade(request, http_version)
        broken = next((name for name, is_broken in _CHECKS.items() if is_broken(upgrade)), None)
        return None if broken is None else refuse(broken)


def refuse(name: str) -> Response:
    """The response that refuses a request by the rule ``name`` of `HOST_RULES`, whose answer is an HTTP status."""
    rule = HOST_RULES[name]
    answer = refusal(rule.answer, "upgrade", rule.what.replace("`", ""))
    return replace(answer, headers=(*answer.headers, *_HEADERS.get(rule.answer, ())))


def wants_websocket(headers: Headers) -> bool:
    """Whether headers ask for a WebSocket, even without the other headers that an upgrade needs."""
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


class AccessPolicy:
    """Decides by Host and Origin whether the host refuses a request, so that no web page can use the server.

    It ignores the port in Host: behind a forwarded port the client knows another one, and a page that points a DNS name
    to loopback (DNS rebinding) is recognized by the name. Requests without an Origin pass, since only browsers send it.
    Pictures and scripts of another site have no Origin, but ``Sec-Fetch-Site``. Requests without a Host are HTTP/1.0,
    which no browser uses.
    """

    def __init__(self, *, bound_host: str, allowed_hosts: Collection[str], allowed_origins: Collection[str]) -> None:
        self._hosts = _LOCAL_NAMES | {host.lower().strip("[]") for host in (*allowed_hosts, bound_host)}
        self._origins = frozenset(origin.lower().rstrip("/") for origin in allowed_origins)

    def refusal(self, request: Request) -> Response | None:
        """The refusal of a request; None if it is admitted."""
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

    def describe(self, request: Request, refused: Response) -> str:
        """The refused client, and the option that allows it. The text is safe to print."""
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
        # A page of this server has its own origin. Another local port is another origin.
        return origin == request.origin.lower() or origin in self._origins


def _embedding(request: Request) -> list[str]:
    """The origin of a page that embeds a picture or script from here, by ``Sec-Fetch-Site``; empty otherwise."""
    is_foreign = request.header("sec-fetch-site") in _FOREIGN_SITES
    if not is_foreign or request.header("sec-fetch-mode") == "navigate":
        return []
    scheme, _, rest = (request.header("referer") or "").partition("://")
    return [f"{scheme}://{rest.partition('/')[0]}"]


def _hostname(netloc: str) -> str:
    """The name in ``name:port``, without brackets, in lower case; empty if the text has another form."""
    if set(netloc) & _NO_NETLOC:
        return ""
    try:
        return urlsplit(f"//{netloc}").hostname or ""
    except ValueError:
        return ""
