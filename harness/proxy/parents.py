"""`Parents`: the proxies in this machine's own environment (parent proxies)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies_environment, proxy_bypass_environment  # pyright: ignore[reportAttributeAccessIssue]  # not in typeshed

from harness.origins import is_loopback
from provider.transport.types import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """A proxy to connect through.

    Attributes:
        kind: ``http``, ``https``, ``socks5``..
        host: Its name or address.
        port: Its port.
        credentials: ``user:password``, or empty.
    """

    kind: str
    host: str
    port: int
    credentials: str = field(repr=False)


class Parents:
    """The environment's proxy variables when the object is made; variables set later for a client have no effect."""

    def __init__(self) -> None:
        self._proxies: Mapping[str, str] = dict(getproxies_environment())

    def url(self, scheme: str, host: str) -> str | None:
        """URL of the proxy for a host; None for a direct connection.

        Args:
            scheme: ``http`` or ``https``.
            host: The server's name or address.
        """
        if is_loopback(host) or proxy_bypass_environment(host, dict(self._proxies)):
            return None
        found = self._proxies.get(scheme) or self._proxies.get("all")
        return found if found is None or "://" in found else f"http://{found}"

    def parent(self, scheme: str, host: str) -> Parent | None:
        """The parsed proxy for a host, None for a direct connection; ``kind`` is empty if its URL is malformed."""
        url = self.url(scheme, host)
        if url is None:
            return None
        try:
            parts = urlsplit(url)
            port = parts.port or 80
        except ValueError:
            return Parent(kind="", host="", port=0, credentials="")
        user = "" if parts.username is None else f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        return Parent(kind=parts.scheme.lower(), host=parts.hostname or "", port=port, credentials=user)

    def fixed(self, settings: Settings | None, upstream: str) -> Settings:
        """Settings with the environment's proxy for the upstream, independent of later changes to the environment."""
        given = settings or Settings()
        if not given.trust_environment:
            return given
        parts = urlsplit(upstream)
        proxy = given.proxy or self.url(parts.scheme, parts.hostname or "")
        return replace(given, proxy=proxy, trust_environment=False)
