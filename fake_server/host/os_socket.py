"""The operating system's socket below one of asyncio's transports: its address and its options."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from typing import Final

_RESET_AT_CLOSE: Final = struct.pack("ii", 1, 0)
"""``struct linger``: on, for 0 seconds."""


def send_at_once(transport: asyncio.BaseTransport) -> None:
    """Switch Nagle's algorithm off, if it is a socket of TCP: small messages leave without delay."""
    raw = transport.get_extra_info("socket")
    if raw is not None and raw.family in (socket.AF_INET, socket.AF_INET6):
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def reset_at_close(transport: asyncio.BaseTransport) -> None:
    """Have the connection end by RST, not FIN, when the transport is aborted."""
    raw = transport.get_extra_info("socket")
    if raw is not None:
        with contextlib.suppress(OSError):
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_AT_CLOSE)


def local_address(transport: asyncio.BaseTransport | None) -> tuple[str, int] | None:
    """Host and port of this side; None if there is no connection of TCP."""
    found = None if transport is None else transport.get_extra_info("sockname")
    return (str(found[0]), found[1]) if isinstance(found, tuple) else None


def host_and_port(address: tuple[str, int] | None) -> str:
    """``host:port`` of an address, an IPv6 address in brackets; ``localhost`` for none."""
    if address is None:
        return "localhost"
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
