"""Pages of other origins (CORS): some may read the answers; whether they may ask at all, the host decides."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from typing import Final

from fake_server.service.refusals import BECAUSE
from fake_server.stage import Request, Response
from provider.websocket import Headers

_EXPOSED: Final = f"x-copilot-conversation-id, {BECAUSE}"
_NAMES: Final = re.compile(r"[\w!#$%&'*+.^`|~, -]{1,2000}", re.ASCII)
_PREFLIGHT_SECONDS: Final = 600


def answer_options(request: Request, methods: str, origins: Collection[str]) -> Response:
    """The answer to OPTIONS, a preflight or not.

    Args:
        methods: What the endpoint takes, as for the header ``Allow``.
        origins: Pages that may ask.
    """
    headers: Headers = (("allow", methods),)
    if _is_foreign(request, origins) and request.header("access-control-request-method"):
        asked = request.header("access-control-request-headers") or ""
        wanted = (("access-control-allow-headers", asked),) if _NAMES.fullmatch(asked) else ()
        lasting = ("access-control-max-age", str(_PREFLIGHT_SECONDS))
        headers = (*headers, ("access-control-allow-methods", methods), *wanted, lasting)
    return Response(status=204, headers=headers)


def let_read(request: Request, response: Response, origins: Collection[str]) -> Response:
    """The response, with leave for a page of these origins to read it; unchanged if no such page asked."""
    if not _is_foreign(request, origins):
        return response
    leave = (
        ("access-control-allow-origin", request.header("origin") or ""),
        ("access-control-allow-credentials", "true"),
        ("access-control-expose-headers", _EXPOSED),
        ("vary", "origin"),
    )
    return replace(response, headers=(*response.headers, *leave))


def _is_foreign(request: Request, origins: Collection[str]) -> bool:
    """Whether the page of another origin asks, and one of these."""
    origin = request.header("origin")
    return origin is not None and origin != request.origin and origin in origins
