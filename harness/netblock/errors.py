"""`NetworkBlockedError`: raised in a client that connects to an address outside the allowed ones."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

_DNS: Final = "dns:"


class NetworkBlockedError(RuntimeError):
    """A client tried to reach a host that the test does not allow; nothing was sent.

    It is a `RuntimeError`, not an `OSError`: after an `OSError`, clients retry, try another address, or report that the
    service is down. urllib3, httpx, aiohttp, websockets and curl_cffi pass this one on unchanged.

    Attributes:
        url: The requested URL without user, password, query and fragment; ``tcp://host:port`` if only the address is
            known, ``dns:host`` for a name look-up.
        where: Id of the blocked test.
        how: The library or function, such as ``curl_cffi`` or ``socket.connect``.
    """

    def __init__(self, url: str, where: str, how: str) -> None:
        super().__init__(url, where, how)
        self.url = url
        self.where = where
        self.how = how

    def __str__(self) -> str:
        return (
            f"{self.url} is blocked ({self.how}) in {self.where}: network access is blocked except for hosts that the "
            f"test allows.\n"
            f"To allow this host, set allowed_hosts=[{re.escape(host_of(self.url))!r}] in the marker or in "
            "the fixture wire_config, or pass --allowed-hosts; to open the whole network for the test, mark it with "
            "@pytest.mark.live."
        )


def host_of(url: str) -> str:
    """Return the host in the URL of a blocked request or look-up; the whole URL if it has none."""
    if url.startswith(_DNS):
        return url.removeprefix(_DNS)
    try:
        return urlsplit(url).hostname or url
    except ValueError:
        return url


def shown(url: str) -> str:
    """Return a URL without the parts that may be secret: user, password, query, fragment."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "a URL with an invalid host"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def address_url(host: str, port: int) -> str:
    """Return ``tcp://host:port``."""
    return f"tcp://[{host}]:{port}" if ":" in host else f"tcp://{host}:{port}"


def name_url(host: str) -> str:
    """Return ``dns:host``, for a name look-up."""
    return f"{_DNS}{host}"
