"""`ServedHosts`: whose traffic the stage gets to see."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal, TypeAlias
from urllib.parse import urlsplit

from harness.proxy.errors import ProxyError

Speech: TypeAlias = Literal["tls", "plain"]
_USUAL: Final = {"https": 443, "http": 80}


class ServedHosts:
    """Hosts and ports that stand for the service, and whether TLS is spoken there.

    Where an origin is https at its usual port, port 80 of that host counts too: it is the same service, by another way.

    Args:
        origins: ``https://host[:port]`` or ``http://host[:port]``; others, such as ``fake:2026``, do not count.

    Raises:
        ProxyError: None of them counts.
    """

    def __init__(self, origins: Iterable[str]) -> None:
        self._speech: dict[tuple[str, int], Speech] = {}
        for origin in origins:
            self._add(origin)
        if not self._speech:
            raise ProxyError("there is no http:// or https:// origin to open the proxy for")
        self.names = tuple(dict.fromkeys(host for host, _ in self._speech))

    def _add(self, origin: str) -> None:
        try:
            parts = urlsplit(origin)
            port = parts.port
        except ValueError:
            return
        if parts.scheme not in _USUAL or not parts.hostname:
            return
        speech: Speech = "tls" if parts.scheme == "https" else "plain"
        self._speech[parts.hostname, port or _USUAL[parts.scheme]] = speech
        if speech == "tls" and port in (None, _USUAL["https"]):
            self._speech.setdefault((parts.hostname, _USUAL["http"]), "plain")

    def speech(self, host: str, port: int) -> Speech | None:
        """What is spoken there; None if that is no place of the service."""
        return self._speech.get((host, port))
