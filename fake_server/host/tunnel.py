"""CONNECT: what it names, and who decides about it."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from typing import TypeAlias

Tunnel: TypeAlias = Callable[[str, int], ssl.SSLContext | None]
"""Asked for each CONNECT, with host (lower case) and port: the TLS context to speak with as that host, or None to
refuse."""


def parse_authority(target: str) -> tuple[str, int] | None:
    """Host and port of ``host:port`` or ``[v6]:port``; None if it is not that."""
    host, _, port = target.rpartition(":")
    host = host.removeprefix("[").removesuffix("]").lower()
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        return None
    return host, int(port)
