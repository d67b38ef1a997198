"""Requests that fail: where they can, how they can, and what is answered (docs/protocol.md §3.8)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final, TypeAlias

from fake_server.service.causes import because, cause_of
from fake_server.stage import Drop, Response, Stall
from provider.websocket import Headers

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
