"""Responses that refuse a request: by a rule of the service, or by a fault that a test asked for (§3.8)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType
from typing import Final, TypeAlias

from fake_server.service.output import SendEvent
from fake_server.service.rules import MESSAGE_RULES, REQUEST_RULES, RequestRule, Rule
from fake_server.stage import Drop, Response, Stall
from provider.websocket import Headers
from provider.wire import events

How: TypeAlias = int | str
"""How a request fails: a status from 400 to 599, 302, or a word of `FAULT_WORDS`."""
Refusal: TypeAlias = Response | Drop | Stall

PLACES: Final = (
    "user",
    "conversations",
    "history",
    "start",
    "session",
    "config",
    "attachments",
    "files",
    "upgrade",
    "any",
)
"""Where a request can fail: each place is one endpoint; ``files`` are images and attachments."""

_JSON: Final = (("content-type", "application/json; charset=utf-8"),)
_PAGE: Final = (("content-type", "text/html; charset=utf-8"),)
_RETRY: Final = (("retry-after", "30"),)
_CLOUDFLARE: Final = (
    b'<!DOCTYPE html><html lang="en-US"><head><title>Just a moment...</title></head><body>'
    b'<script src="/cdn-cgi/challenge-platform/h/b/orchestrate/chl_page/v1"></script></body></html>'
)
_ONE_MOMENT: Final = (
    b"<!DOCTYPE html><html><head><title>One moment</title></head><body>One moment, please.</body></html>"
)
_SLOW_DOWN: Final = b"<!DOCTYPE html><html><head><title>Too many requests</title></head><body></body></html>"


class RefusalError(ValueError):
    """No request has this place, or no fault this name; the text lists those that exist."""


# ---------------------------------------------------------------- responses
def reply(body: object, status: int = 200, more: Headers = ()) -> Response:
    """A JSON response; ``more`` headers are added."""
    encoded = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(status=status, headers=(*_JSON, *more), body=encoded)


def page(body: bytes, status: int = 200, more: Headers = ()) -> Response:
    """An HTML response; ``more`` headers are added."""
    return Response(status=status, headers=(*_PAGE, *more), body=body)


def refuse(status: int, code: str | None = None) -> Response:
    """A refusal in JSON; ``code`` where the service sends one."""
    body: dict[str, object] = {"status": status}
    if code is not None:
        body["code"] = code
    return reply(body, status, _RETRY if status == 429 else ())


# ---------------------------------------------------------------- rules
def reject(name: str, *, allow: str = "", message: str = "") -> Response:
    """The response that refuses a request by a rule.

    Args:
        name: A key of `fake_server.service.rules.REQUEST_RULES`.
        allow: Value of the header ``allow``; empty for no such header.
        message: More to say about it, in the body.
    """
    rule = REQUEST_RULES[name]
    return replace(_response(rule, allow, message), because=rule.because())


def _response(rule: RequestRule, allow: str, message: str) -> Response:
    if message:
        return reply({"status": rule.status, "code": rule.code, "message": message}, rule.status)
    if allow:
        return reply({"status": rule.status}, rule.status, (("allow", allow),))
    return refuse(rule.status, rule.code)


def reject_message(name: str) -> SendEvent:
    """The event that refuses a message by a rule, a key of `fake_server.service.rules.MESSAGE_RULES`."""
    rule = MESSAGE_RULES[name]
    if rule.retryable:
        detail = events.ErrorDetail(type=rule.code)
        event = events.ChatMessageError(error_code=rule.code, error_detail=detail)
        return SendEvent(event, because=rule.because())
    return SendEvent(events.ErrorEvent(error_code=rule.code), because=rule.because())


# ---------------------------------------------------------------- faults
@dataclass(frozen=True, slots=True, kw_only=True)
class Fault(Rule):
    """A way in which a test makes a request fail, and where the service was seen to fail like this.

    Attributes:
        make: Makes what the client gets.
    """

    make: Callable[[], Refusal]


def _status(status: int, about: str, confidence: str) -> Fault:
    """A fault that responds with a status that was seen from the service (§3.8)."""
    make = _redirect if status == 302 else partial(refuse, status)
    return Fault(about=about, paragraph="§3.8", confidence=confidence, make=make)


def _word(make: Callable[[], Refusal], about: str, paragraph: str = "", confidence: str = "") -> Fault:
    """A fault that users select by a word, such as ``expired``, in place of a status."""
    return Fault(about=about, paragraph=paragraph, confidence=confidence, make=make)


def _redirect() -> Response:
    return Response(status=302, headers=(("location", "/"),))


def _cloudflare_page() -> Response:
    return page(_CLOUDFLARE, 403, (("server", "cloudflare"), ("cf-mitigated", "challenge")))


FAULTS: Final[Mapping[How, Fault]] = MappingProxyType(
    {
        302: _status(302, "sent to `/`: a region that is refused", "[1]"),
        401: _status(401, "a token that has expired, is wrong, or is for another audience", "[3]"),
        403: _status(403, "in JSON: an upload without a Bearer token, or a region", "[1]"),
        429: _status(429, "too many requests", "[1]"),
        440: _status(440, "refused at the edge", "[1]"),
        451: _status(451, "a region that is refused", "[1]"),
        460: _status(460, "no temporary session", "[2]"),
        502: _status(502, "trouble upstream, or turns at the same time", "[2]"),
        504: _status(504, "trouble upstream", "[1]"),
        "cloudflare": _word(_cloudflare_page, "403 with Cloudflare's page", "§3.8", "[2]"),
        "html": _word(partial(page, _ONE_MOMENT), "200 with a page: a check in disguise", "§3.5", "[1]"),
        "rate-page": _word(
            partial(page, _SLOW_DOWN, 429, _RETRY), "429 with a page: clients tell it from one in JSON", "§3.8", "[1]"
        ),
        "redirect": _word(_redirect, "302 to `/`: a region that is refused", "§3.8", "[1]"),
        "notjson": _word(partial(Response, headers=_JSON, body=b"{broken"), "200 with broken JSON"),
        "drop": _word(Drop, "no answer: the connection ends"),
        "reset": _word(
            partial(Drop, how="reset"), "no answer: the connection is reset, by network or region", "§6", "[1]"
        ),
        "stall": _word(Stall, "no answer, and the connection stays"),
    }
)
"""The statuses that sources saw, and every fault that has a name."""
FAULT_WORDS: Final = tuple(how for how in FAULTS if isinstance(how, str))
"""The faults that have a name, such as ``cloudflare``."""


def check_fault(at: str, how: How) -> None:
    """Check that a place and a fault exist.

    Raises:
        RefusalError: One of them does not.
    """
    if at not in PLACES:
        raise RefusalError(f"no request has the name {at!r}; known: {', '.join(PLACES)}")
    if isinstance(how, int) and (400 <= how <= 599 or how == 302):
        return
    if how not in FAULT_WORDS:
        raise RefusalError(f"a request cannot fail with {how!r}; known: 400 to 599, 302, {', '.join(FAULT_WORDS)}")


def fault_response(how: How) -> Refusal:
    """What the client gets for a fault that `check_fault` accepts."""
    fault = FAULTS.get(how)
    if fault is None:
        assert isinstance(how, int), "checked before"
        fault = Fault(about="a status that no source saw", make=partial(refuse, how))
    return replace(fault.make(), because=fault.because(f"fault {how}"))
