"""A chat client in a page, on the standard library and `websockets` alone: one question, one streamed answer."""

from __future__ import annotations

import json
import os
import sys
import urllib.request
import uuid
from collections.abc import Iterator
from urllib.parse import urlencode

from websockets.sync.client import ClientConnection, connect

SERVICE = "https://copilot.microsoft.com"
TIMEOUT = 30.0
"""Seconds for every single wait."""


class RefusedError(Exception):
    """The service ended the turn with an error event; the text is its code."""


def stream(prompt: str, base_url: str | None = None, token: str | None = None) -> Iterator[str]:
    """Send a question, and yield the answer's text as it arrives.

    Args:
        prompt: The question.
        base_url: The service's origin; ``COPILOT_BASE_URL`` by default.
        token: The access token; ``COPILOT_TOKEN`` by default.

    Raises:
        RefusedError: The service answered with an error event.
        OSError: There is no connection, or it broke.
    """
    base_url = base_url or os.environ.get("COPILOT_BASE_URL", SERVICE)
    token = token or os.environ.get("COPILOT_TOKEN", "")
    conversation = open_conversation(base_url, token)
    query = urlencode({"api-version": "2", "accessToken": token, "clientSessionId": str(uuid.uuid4())})
    with connect(f"ws{base_url.removeprefix('http')}/c/api/chat?{query}", open_timeout=TIMEOUT, proxy=None) as socket:
        socket.recv(TIMEOUT)  # the service sends `connected` first
        say(socket, event="setOptions", supportedCards=["image"])
        part = {"type": "text", "text": prompt}
        say(socket, event="send", conversationId=conversation, content=[part], mode="smart", context={})
        while (heard := json.loads(socket.recv(TIMEOUT)))["event"] != "done":
            if heard["event"] == "error":
                raise RefusedError(heard.get("errorCode"))
            if heard["event"] == "appendText":
                yield heard["text"]


def open_conversation(base_url: str, token: str) -> str:
    """Open a conversation over REST; returns its id."""
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    request = urllib.request.Request(f"{base_url}/c/api/conversations", b"{}", headers)  # noqa: S310  # our own URL
    with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310  # as above
        return json.load(answer)["id"]


def say(socket: ClientConnection, **message: object) -> None:
    """Send one JSON message."""
    socket.send(json.dumps(message))


if __name__ == "__main__":
    for piece in stream(" ".join(sys.argv[1:])):
        print(piece, end="", flush=True)
    print()
