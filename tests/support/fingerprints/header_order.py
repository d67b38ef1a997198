"""The order in which Chromium 156 sends its headers, as measured on a real one (docs/fingerprint.md)."""

from __future__ import annotations

PSEUDO = [":method", ":authority", ":scheme", ":path"]
CALL = [
    "content-length",
    "sec-ch-ua-platform",
    "authorization",
    "user-agent",
    "sec-ch-ua",
    "content-type",
    "sec-ch-ua-mobile",
    "accept",
    "origin",
    "sec-fetch-site",
    "sec-fetch-mode",
    "sec-fetch-dest",
    "referer",
    "accept-encoding",
    "accept-language",
    "cookie",
    "cookie",
    "priority",
]
"""Of a page's own POST with JSON, a token and two cookies, over HTTP/2."""
_TITLED = [name if name.startswith("sec-ch-ua") else name.title() for name in CALL]
CALL_OVER_HTTP_1 = ["Host", "Connection", *dict.fromkeys(name for name in _TITLED if name != "Priority")]
"""The same over HTTP/1.1: one line of cookies, and no priority."""
UPGRADE = [
    "Host",
    "Connection",
    "Pragma",
    "Cache-Control",
    "User-Agent",
    "Upgrade",
    "Origin",
    "Sec-WebSocket-Version",
    "Accept-Encoding",
    "Accept-Language",
    "Cookie",
    "Sec-WebSocket-Key",
]
"""Chromium's ends with ``Sec-WebSocket-Extensions`` beside these."""
