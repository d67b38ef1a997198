"""`NetworkBlockedError`: what whoever leaves the open doors is told."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

_DNS: Final = "dns:"


class NetworkBlockedError(RuntimeError):
    """Something asked for a place outside of what a test may reach; nothing was sent.

    A `RuntimeError`, and no `OSError`: clients try again after an `OSError`, take another address, or report it as a
    service that is down. This one passes through urllib3, httpx, aiohttp, websockets and curl_cffi as it is.

    Attributes:
        url: What was asked for, without user, password, query and fragment; ``tcp://host:port`` where only an address
            is known, ``dns:host`` for the look-up of a name.
        where: The test that the block is for.
        how: The library and the door, such as ``curl_cffi`` or ``socket.connect``.
    """

    def __init__(self, url: str, where: str, how: str) -> None:
        super().__init__(url, where, how)
        self.url = url
        self.where = where
        self.how = how

    def __str__(self) -> str:
        return (
            f"{self.url} is blocked ({self.how}) in {self.where}: nothing but what the test opens can be reached.\n"
            f"To let this host through, give allowed_hosts=[{re.escape(host_of(self.url))!r}] to the marker or to the "
            "fixture wire_config, or --allowed-hosts; to open the whole network for the test, mark it with "
            "@pytest.mark.live."
        )


def host_of(url: str) -> str:
    """The host that an error's URL names."""
    if url.startswith(_DNS):
        return url.removeprefix(_DNS)
    try:
        return urlsplit(url).hostname or url
    except ValueError:
        return url


def shown(url: str) -> str:
    """A URL without what may be secret: user, password, query, fragment."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "a URL without a proper host"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def address_url(host: str, port: int) -> str:
    """``tcp://host:port``."""
    return f"tcp://[{host}]:{port}" if ":" in host else f"tcp://{host}:{port}"


def name_url(host: str) -> str:
    """``dns:host``: a name that was to be looked up."""
    return f"{_DNS}{host}"
