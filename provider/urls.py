"""URLs as browsers see them: the origin of a page or socket, and whether a host is this machine."""

from __future__ import annotations

import ipaddress
from typing import Final
from urllib.parse import urlsplit

_DEFAULT_PORTS: Final = {"http": ":80", "https": ":443"}


def page_origin(url: str) -> str:
    """Return ``location.origin`` of a page's or socket's URL: lower case, ``http`` for ``ws``, no default port.

    Raises:
        ValueError: It is not a URL.
    """
    parts = urlsplit(url)
    scheme = {"ws": "http", "wss": "https"}.get(parts.scheme, parts.scheme)
    host = parts.netloc.rpartition("@")[2].lower()
    return f"{scheme}://{host.removesuffix(_DEFAULT_PORTS.get(scheme, ':'))}"


def is_loopback(url: str) -> bool:
    """Whether the host of a URL is this machine."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
