"""Addresses and host names in the form that the rules compare."""

from __future__ import annotations

import functools
import ipaddress
import socket
from typing import Final
from urllib.parse import urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_LOCAL_NAMES: Final = frozenset(
    ("", "localhost", "localhost.localdomain", "localhost6", "ip6-localhost", "ip6-loopback", "0.0.0.0", "::")  # noqa: S104  # names, no sockets are bound to them
)
_PORTS: Final = {"https": 443, "wss": 443}
_CONNECTS_TO: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # connecting there reaches this machine


@functools.lru_cache(maxsize=1024)
def parse(text: str) -> Address | None:
    """Return an address, or None for a name. An IPv4-mapped IPv6 address becomes an IPv4 address."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0].strip("[]"))
    except ValueError:
        return _parse_short(text)
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _parse_short(text: str) -> Address | None:
    """Parse ``127.1`` and ``0x7f000001``, which the C library accepts."""
    try:
        return ipaddress.IPv4Address(socket.inet_aton(text)) if text[:1].isdigit() else None
    except (OSError, ValueError):
        return None


@functools.lru_cache(maxsize=1024)
def normal(text: str) -> str:
    """Return the one spelling of an address; a name in lower case, without a final dot."""
    address = parse(text)
    if address is None:
        return text.lower().rstrip(".")
    plain = str(address)
    return _CONNECTS_TO.get(plain, plain)


@functools.lru_cache(maxsize=1024)
def is_loopback(text: str) -> bool:
    """Whether an address is one of this machine's loopback addresses."""
    address = parse(normal(text))
    return address is not None and address.is_loopback


@functools.lru_cache(maxsize=1024)
def is_public(text: str) -> bool:
    """Whether an address is on the internet, and not on this machine or a private network."""
    address = parse(text)
    return address is not None and address.is_global


@functools.lru_cache(maxsize=1024)
def needs_no_look_up(name: str) -> bool:
    """Whether the system needs no name server: for addresses and names of this machine."""
    plain = name.lower().rstrip(".")
    return (
        plain in _LOCAL_NAMES
        or plain.endswith(".localhost")
        or parse(name) is not None
        or plain == socket.gethostname().lower()
    )


def place(url: str) -> tuple[str, int]:
    """Return host and port of a URL; ``("", 0)`` if it is invalid."""
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        return parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 80)
    except ValueError:
        return "", 0


def is_direct(name: str, name_port: int, address: str, port: int) -> bool:
    """Whether a connection to an address may lead to the host and port of a URL, and not to a proxy."""
    return port == name_port and (parse(name) is None or normal(name) == normal(address))
