"""Addresses and host names as the rules compare them."""

from __future__ import annotations

import functools
import ipaddress
import socket
from typing import Final
from urllib.parse import urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_LOCAL_NAMES: Final = frozenset(
    ("", "localhost", "localhost.localdomain", "localhost6", "ip6-localhost", "ip6-loopback", "0.0.0.0", "::")  # noqa: S104  # names, not to be bound
)
_PORTS: Final = {"https": 443, "wss": 443}
_STANDS_FOR: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # connecting there is connecting to oneself


@functools.lru_cache(maxsize=1024)
def parse(text: str) -> Address | None:
    """An address, None for a name. An IPv4 address in IPv6's clothes is an IPv4 address."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0].strip("[]"))
    except ValueError:
        return _parse_short(text)
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _parse_short(text: str) -> Address | None:
    """``127.1``, ``0x7f000001``: the forms that C knows."""
    try:
        return ipaddress.IPv4Address(socket.inet_aton(text)) if text[:1].isdigit() else None
    except (OSError, ValueError):
        return None


@functools.lru_cache(maxsize=1024)
def normal(text: str) -> str:
    """One way to write each address; a name in lower case, without the dot at its end."""
    address = parse(text)
    if address is None:
        return text.lower().rstrip(".")
    plain = str(address)
    return _STANDS_FOR.get(plain, plain)


@functools.lru_cache(maxsize=1024)
def is_loopback(text: str) -> bool:
    """Whether an address leads to this machine alone."""
    address = parse(normal(text))
    return address is not None and address.is_loopback


@functools.lru_cache(maxsize=1024)
def is_public(text: str) -> bool:
    """Whether an address is one of the internet's, and not of this machine or of a private network."""
    address = parse(text)
    return address is not None and address.is_global


@functools.lru_cache(maxsize=1024)
def needs_no_look_up(name: str) -> bool:
    """Whether no name server is asked: an address, or a name of this machine."""
    plain = name.lower().rstrip(".")
    return (
        plain in _LOCAL_NAMES
        or plain.endswith(".localhost")
        or parse(name) is not None
        or plain == socket.gethostname().lower()
    )


def place(url: str) -> tuple[str, int]:
    """Host and port of a URL; nothing and 0 if it is none."""
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        return parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 80)
    except ValueError:
        return "", 0
