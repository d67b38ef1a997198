"""Answers that the host gives on its own account: JSON that says what is wrong."""

from __future__ import annotations

import json
from typing import Final

from fake_server.stage import Response

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
