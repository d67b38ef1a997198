"""The signed-in user and the conversations, by plain REST, so that vcrpy can record it, too."""

from __future__ import annotations

import json
import os
import urllib.request
from typing import Any


def first_name() -> str:
    """The first name of the signed-in user."""
    return _call("GET", "/c/api/user?api-version=2")["firstName"]


def open_conversation() -> str:
    """Open a conversation; returns its id."""
    return _call("POST", "/c/api/conversations", b"{}")["id"]


def _call(method: str, target: str, body: bytes | None = None) -> Any:
    service = os.environ.get("COPILOT_BASE_URL", "https://copilot.microsoft.com")
    headers = {"authorization": f"Bearer {os.environ.get('COPILOT_TOKEN', '')}", "content-type": "application/json"}
    request = urllib.request.Request(service + target, body, headers, method=method)  # noqa: S310  # our own URL
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310  # as above
        return json.load(answer)
