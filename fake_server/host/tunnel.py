"""A server as a forward proxy: what a CONNECT names, and who decides about it."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from fake_server.host.policy import refusal
from fake_server.host.tcp import Wire
from fake_server.stage import Request, Response

Tunnel: TypeAlias = Callable[[str, int], ssl.SSLContext | None]
"""Asked for each CONNECT, with host (lower case) and port: the TLS context to speak with as that host, or None to
refuse."""


class Passage(Protocol):
    """A way to another server. Belongs to one connection, which calls `close` in any case."""

    async def open(self) -> Response | None:
        """Reach the other server; the answer to the client if that fails."""
        ...

    async def carry(self, wire: Wire) -> None:
        """Carry bytes both ways until both sides have ended."""
        ...

    def close(self) -> None:
        """Let go of the other server; may be called at any time, and twice."""
        ...


Way: TypeAlias = ssl.SSLContext | Literal["plain"] | Passage | Response
"""What becomes of a CONNECT: the stage answers in it, over TLS or as plain HTTP; or it leads elsewhere; or no."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TunnelEnd:
    """How a tunnel to the stage ended.

    Attributes:
        host: Whom the client thought to talk to.
        port: As the client named it.
        requests: How many requests came through it.
        error: Why the TLS handshake failed; None if it did not.
    """

    host: str
    port: int
    requests: int = 0
    error: ConnectionError | None = None


class Gate(Protocol):
    """Decides what becomes of those who use the server as a forward proxy. It is asked in the server's loop."""

    def connect(self, request: Request, host: str, port: int) -> Way:
        """A CONNECT to ``host`` (lower case) and ``port``."""
        ...

    def request(self, request: Request, authority: str | None) -> Request | Passage | Response | None:
        """A request outside of tunnels: itself, perhaps changed, for the stage; or another way, or no.

        None treats it as a server does that is no proxy: with a look at its Host and Origin, which all else goes
        without.

        Args:
            authority: ``scheme://host[:port]`` of a target in absolute form; None for a request to the server itself.
        """
        ...

    def ended(self, end: TunnelEnd) -> None:
        """A tunnel to the stage is over."""
        ...


class TunnelGate:
    """A `Gate` made of a `Tunnel`. Requests outside of tunnels are the stage's, as on any server."""

    def __init__(self, tunnel: Tunnel) -> None:
        self._tunnel = tunnel

    def connect(self, request: Request, host: str, port: int) -> Way:  # noqa: ARG002  # the protocol's
        """What the function says."""
        return self._tunnel(host, port) or refusal(403, "tunnel", "this proxy does not serve that host")

    def request(self, request: Request, authority: str | None) -> None:
        """As on any server."""

    def ended(self, end: TunnelEnd) -> None:
        """Nobody asked."""


def origin_of(host: str, port: int, *, tls: bool) -> str:
    """``scheme://host[:port]``, without a port that goes without saying."""
    name = f"[{host}]" if ":" in host else host
    scheme, usual = ("https", 443) if tls else ("http", 80)
    return f"{scheme}://{name}" if port == usual else f"{scheme}://{name}:{port}"


def parse_authority(target: str) -> tuple[str, int] | None:
    """Host and port of ``host:port`` or ``[v6]:port``; None if it is not that."""
    host, _, port = target.rpartition(":")
    host = host.removeprefix("[").removesuffix("]").lower()
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        return None
    return host, int(port)
