"""`Upstream`: the origin to which a relay forwards, fixed when the relay is made."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from harness.errors import HarnessError

_SOCKET_SCHEMES: Final = {"http": "ws", "https": "wss"}
_TARGET: Final = re.compile(r"/[^\x00-\x20\x7f#\\]*")


class UpstreamError(HarnessError, ValueError):
    """The upstream is not a plain ``http://host`` or ``https://host``, with a port or without."""


@dataclass(frozen=True, slots=True)
class Upstream:
    """The origin of a service.

    Attributes:
        origin: ``scheme://host[:port]``.
    """

    origin: str

    @classmethod
    def parse(cls, url: str) -> Upstream:
        """Parse and check a URL.

        Raises:
            UpstreamError: It has another scheme, credentials, a path, a query, or no host.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            del url  # traceback tools show the arguments of calls
            raise UpstreamError(
                "the upstream is not a URL, or its port is above 65535: write it like https://api.example"
            ) from None  # its text may quote a password
        plain = not (parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc)
        if parts.scheme not in _SOCKET_SCHEMES or not parts.hostname:
            del url
            raise UpstreamError(
                "the upstream has no scheme http:// or https://, or no host: write it like https://api.example"
            )
        if not plain:
            del url
            raise UpstreamError(
                "the upstream must be http://HOST[:PORT] or https://HOST[:PORT], and nothing more: leave out password, "
                "path and query, which the client sends itself"
            )
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        return cls(f"{parts.scheme}://{host}" + (f":{port}" if port is not None else ""))

    @property
    def netloc(self) -> str:
        """``host[:port]``."""
        return self.origin.partition("://")[2]

    def url(self, target: str) -> str | None:
        """The URL of a request's target; None if it could lead to another host."""
        return self.origin + target if _TARGET.fullmatch(target) else None

    def socket_url(self, target: str) -> str | None:
        """The URL of a WebSocket's target; None as for `url`."""
        url = self.url(target)
        if url is None:
            return None
        scheme, _, rest = url.partition(":")
        return f"{_SOCKET_SCHEMES[scheme]}:{rest}"
