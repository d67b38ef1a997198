"""What the host refuses on its own account: always, or where it is strict. One table; the rest is taken.

The table is shown in docs/leniency.md.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from fake_server.host.refusals import refusal
from fake_server.stage import Request, Response
from provider.websocket import Headers

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
