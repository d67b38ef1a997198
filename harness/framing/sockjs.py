"""SockJS: the number of a server and the id of a session in the path of each request, which its client makes up."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

_TRANSPORTS: Final = frozenset(
    {"websocket", "xhr", "xhr_send", "xhr_streaming", "eventsource", "htmlfile", "jsonp", "jsonp_send"}
)
_SERVER: Final = re.compile(r"\d{3}")
_SESSION: Final = re.compile(r"[a-z0-9]{8}|[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def session_at(segments: Sequence[str]) -> int | None:
    """Index of the session's id in a path's segments, behind the server's number; None if the path is no SockJS.

    Args:
        segments: Of the path; the first one is the empty text before the leading slash.
    """
    if len(segments) < 4 or segments[-1] not in _TRANSPORTS:
        return None
    found = _SERVER.fullmatch(segments[-3]) and _SESSION.fullmatch(segments[-2])
    return len(segments) - 2 if found else None
