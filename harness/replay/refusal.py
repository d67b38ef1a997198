"""What a client that asks for something else sees on the wire: never a hang, never content."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any, Final

from fake_server.stage import Response
from harness.replay.problems import Miss

CLOSE_CODE: Final = 4004
"""Closes a socket on which the client did not do what was recorded."""
ERROR_HEADER: Final = "x-wiretape-error"


def refusal(problem: Miss) -> Response:
    """501: not one of the statuses that clients retry."""
    body = {"wiretape": {"error": problem.kind, **asdict(problem, dict_factory=_shown)}}
    headers = (("content-type", "application/json"), ("cache-control", "no-store"), (ERROR_HEADER, problem.kind))
    return Response(status=501, headers=headers, body=json.dumps(body, indent=1).encode())


def _shown(fields: list[tuple[str, Any]]) -> dict[str, Any]:
    # What the player only needs to know for its hint says nothing to a client.
    return {name: value for name, value in fields if name != "may_vary"}


def mismatch_reason(number: int) -> str:
    """The reason of a close after the client's message of that number."""
    return f"wiretape: mismatch at message {number}"
