"""Requests that fail: where they can, how they can, and what is answered (docs/protocol.md §3.8)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, TypeAlias

from fake_server.stage import Drop, Response, Stall
from provider.websocket import Headers

BECAUSE: Final = "x-wiretape-because"
"""The header in which a refusal says what it rests on."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a request that is told to fail would fail at the service.

    Attributes:
        about: What is answered, and for which reason.
        rests_on: Paragraph of docs/protocol.md; empty for what is the fake's own.
        confidence: How sure that is, as docs/protocol.md marks it.
    """

    about: str
    rests_on: str = ""
    confidence: str = ""


FAULTS: Final[Mapping[int | str, Cause]] = MappingProxyType(
    {
        302: Cause("sent to `/`: a region that is refused", "§3.8", "[1]"),
        401: Cause("a token that has expired, is wrong, or is for another audience", "§3.8", "[3]"),
        403: Cause("in JSON: an upload without a Bearer token, or a region", "§3.8", "[1]"),
        429: Cause("too many requests", "§3.8", "[1]"),
        440: Cause("refused at the edge", "§3.8", "[1]"),
        451: Cause("a region that is refused", "§3.8", "[1]"),
        460: Cause("no temporary session", "§3.8", "[2]"),
        502: Cause("trouble upstream, or turns at the same time", "§3.8", "[2]"),
        504: Cause("trouble upstream", "§3.8", "[1]"),
        "cloudflare": Cause("403 with Cloudflare's page", "§3.8", "[2]"),
        "html": Cause("200 with a page: a check in disguise", "§3.5", "[1]"),
        "rate-page": Cause("429 with a page: clients tell it from one in JSON", "§3.8", "[1]"),
        "redirect": Cause("302 to `/`: a region that is refused", "§3.8", "[1]"),
        "notjson": Cause("200 with broken JSON"),
        "drop": Cause("no answer: the connection ends"),
        "reset": Cause("no answer: the connection is reset, by network or region", "§6", "[1]"),
        "stall": Cause("no answer, and the connection stays"),
    }
)
"""The statuses that were seen, and every word of `fake_server.service.refusals.REFUSALS`."""

_UNSEEN: Final = Cause("a status that no source saw")


def cause_of(how: int | str) -> Cause:
    """What a fault rests on."""
    return FAULTS.get(how, _UNSEEN)


def because(rests_on: str, confidence: str, about: str) -> str:
    """The reason in one line of ASCII, for a header: ``docs/protocol.md 2.1 [2]: no temporary session``."""
    source = f"docs/protocol.md {rests_on.lstrip('§')} {confidence}" if rests_on else "the fake's own"
    return f"{source}: {about}"


How: TypeAlias = int | str
"""A status from 400 to 599, or a word of `REFUSALS`."""
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
"""Kinds of requests: each is one endpoint; ``files`` are images and attachments to look at."""

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
    """There is no such place, or no such way to fail; names those that there are."""


def reply(body: object, status: int = 200, more: Headers = ()) -> Response:
    """A JSON answer."""
    encoded = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(status=status, headers=(*_JSON, *more), body=encoded)


def page(body: bytes, status: int = 200, more: Headers = ()) -> Response:
    """An HTML answer."""
    return Response(status=status, headers=(*_PAGE, *more), body=body)


def refuse(status: int, code: str | None = None) -> Response:
    """A refusal in JSON; ``code`` where the service names one."""
    body: dict[str, object] = {"status": status}
    if code is not None:
        body["code"] = code
    return reply(body, status, _RETRY if status == 429 else ())


REFUSALS: Final[Mapping[str, Callable[[], Refusal]]] = MappingProxyType(
    {
        "cloudflare": lambda: page(_CLOUDFLARE, 403, (("server", "cloudflare"), ("cf-mitigated", "challenge"))),
        "html": lambda: page(_ONE_MOMENT),
        "rate-page": lambda: page(_SLOW_DOWN, 429, _RETRY),
        "redirect": lambda: Response(status=302, headers=(("location", "/"),)),
        "notjson": lambda: Response(headers=_JSON, body=b"{broken"),
        "drop": Drop,
        "reset": lambda: Drop(how="reset"),
        "stall": Stall,
    }
)
"""``cloudflare``: 403 with its page. ``html``: 200 with a page. ``rate-page``: 429 with a page. ``redirect``: 302 to
``/``. ``notjson``: 200 with broken JSON. ``drop``, ``reset``, ``stall``: no answer, and FIN, RST, or nothing."""


def check_refusal(at: str, how: How) -> None:
    """See that there is such a place, and such a way to fail.

    Raises:
        RefusalError: There is not.
    """
    if at not in PLACES:
        raise RefusalError(f"no request is called {at!r}; known: {', '.join(PLACES)}")
    if isinstance(how, int) and (400 <= how <= 599 or how == 302):
        return
    if how not in REFUSALS:
        raise RefusalError(f"no request fails by {how!r}; known: 400 to 599, 302, {', '.join(REFUSALS)}")


def refusal(how: How) -> Refusal:
    """What a request that fails this way is answered."""
    cause = cause_of(how)
    told = because(cause.rests_on, cause.confidence, f"{cause.about} (fault {how})")
    return replace(_refusal(how), because=told)


def _refusal(how: How) -> Refusal:
    if isinstance(how, int):
        return REFUSALS["redirect"]() if how == 302 else refuse(how)
    return REFUSALS[how]()
