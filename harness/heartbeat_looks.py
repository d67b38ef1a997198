"""Heartbeats whose whole text is fixed: plain words, and the packets of SignalR and MQTT."""

from __future__ import annotations

from typing import Final

PLAIN_HEARTBEATS: Final = frozenset(
    {b"ping", b"pong", b"PING", b"PONG", b"PING\r\n", b"PONG\r\n", b"heartbeat", b"keepalive", b"\n", b"\r\n",
     b'{"type":6}\x1e', b"\xc0\x00", b"\xd0\x00"}
)  # fmt: skip
"""Messages that are heartbeats, or answers to them, on any socket."""
