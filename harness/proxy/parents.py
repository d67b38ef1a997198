"""`Parents`: the proxies that this machine itself goes out through."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies_environment, proxy_bypass_environment  # pyright: ignore[reportAttributeAccessIssue]  # not in typeshed

from harness.origins import is_loopback
from provider.transport.types import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """A proxy between us and the world.

    Attributes:
        kind: ``http``, ``https``, ``socks5``..
        credentials: ``user:password``, or empty.
    """

    kind: str
    host: str
    port: int
    credentials: str = field(repr=False)


class Parents:
    """The proxy variables of the environment, as they are now: what is set later, for a client of ours, is not seen."""

    def __init__(self) -> None:
        self._proxies: Mapping[str, str] = dict(getproxies_environment())

    def url(self, scheme: str, host: str) -> str | None:
        """URL of the proxy on the way to a host; None for a straight way.

        Args:
            scheme: ``http`` or ``https``.
        """
        if is_loopback(host) or proxy_bypass_environment(host, dict(self._proxies)):
            return None
        found = self._proxies.get(scheme) or self._proxies.get("all")
        return found if found is None or "://" in found else f"http://{found}"

    def parent(self, scheme: str, host: str) -> Parent | None:
        """The same, taken apart. A URL that cannot be read has an empty kind."""
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
        """Settings that reach the upstream as the environment says now, and no longer look at it."""
        given = settings or Settings()
        if not given.trust_environment:
            return given
        parts = urlsplit(upstream)
        proxy = given.proxy or self.url(parts.scheme, parts.hostname or "")
        return replace(given, proxy=proxy, trust_environment=False)
