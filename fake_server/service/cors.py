"""CORS: pages of other origins may read the service's responses (Fetch standard §3.2)."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from typing import Final

from fake_server.service.rules import SOURCE_HEADER
from fake_server.stage import Request, Response
from provider.websocket import Headers

_EXPOSED: Final = f"x-copilot-conversation-id, {SOURCE_HEADER}"
_NAMES: Final = re.compile(r"[\w!#$%&'*+.^`|~, -]{1,2000}", re.ASCII)
_PREFLIGHT_SECONDS: Final = 600


def preflight_response(request: Request, methods: str, origins: Collection[str]) -> Response:
    """The response to OPTIONS, with the CORS headers if the request is a preflight.

    Args:
        methods: The endpoint's methods, as in the header ``Allow``.
        origins: Origins whose pages may use the endpoint.
    """
    headers: Headers = (("allow", methods),)
    if _is_allowed(request, origins) and request.header("access-control-request-method"):
        asked = request.header("access-control-request-headers") or ""
        wanted = (("access-control-allow-headers", asked),) if _NAMES.fullmatch(asked) else ()
        lasting = ("access-control-max-age", str(_PREFLIGHT_SECONDS))
        headers = (*headers, ("access-control-allow-methods", methods), *wanted, lasting)
    return Response(status=204, headers=headers)


def add_cors_headers(request: Request, response: Response, origins: Collection[str]) -> Response:
    """The response, readable for a page of one of these origins; unchanged for any other request."""
    if not _is_allowed(request, origins):
        return response
    leave = (
        ("access-control-allow-origin", request.header("origin") or ""),
        ("access-control-allow-credentials", "true"),
        ("access-control-expose-headers", _EXPOSED),
        ("vary", "origin"),
    )
    return replace(response, headers=(*response.headers, *leave))


def _is_allowed(request: Request, origins: Collection[str]) -> bool:
    """Whether the request comes from a page of another origin that is one of these."""
    origin = request.header("origin")
    return origin is not None and origin != request.origin and origin in origins
