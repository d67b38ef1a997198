"""The server as a forward proxy: the target of a CONNECT, and the decision on it."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from fake_server.host.policy import refusal
from fake_server.host.tcp import TcpConnection
from fake_server.stage import Request, Response

Tunnel: TypeAlias = Callable[[str, int], ssl.SSLContext | None]
"""Called for each CONNECT with host (lower case) and port; returns the host's TLS context, or None to refuse."""


class Passage(Protocol):
    """A connection to another server, to which one client's bytes are copied. The host always calls `close`."""

    async def open(self) -> Response | None:
        """Connect to the other server; returns the response to the client if that fails."""
        ...

    async def carry(self, tcp: TcpConnection) -> None:
        """Copy bytes both ways until both sides have ended."""
        ...

    def close(self) -> None:
        """Close the connection to the other server; may be called at any time, and twice."""
        ...


Way: TypeAlias = ssl.SSLContext | Literal["plain"] | Passage | Response
"""The decision on a CONNECT: to the stage over TLS (a context) or plain HTTP, to another server, or a refusal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TunnelEnd:
    """How a tunnel to the stage ended.

    Attributes:
        host: Host name of the CONNECT.
        port: Port of the CONNECT.
        requests: Number of requests inside the tunnel.
        error: Cause of a failed TLS handshake, or None.
    """

    host: str
    port: int
    requests: int = 0
    error: ConnectionError | None = None


class Gate(Protocol):
    """Decides on requests to the server as a forward proxy. All methods run in the server's loop."""

    def connect(self, request: Request, host: str, port: int) -> Way:
        """Decide on a CONNECT to ``host`` (lower case) and ``port``."""
        ...

    def request(self, request: Request, authority: str | None) -> Request | Passage | Response | None:
        """Decide on a request outside of tunnels.

        Returns:
            The request, perhaps changed, for the stage; another server; a refusal; or None for a request to the server
            itself, whose Host and Origin the server then checks.

        Args:
            authority: ``scheme://host[:port]`` of a target in absolute form; None for a request to the server itself.
        """
        ...

    def ended(self, end: TunnelEnd) -> None:
        """Called at the end of a tunnel to the stage."""
        ...


class TunnelGate:
    """A `Gate` made of a `Tunnel`. The server handles requests outside of tunnels itself."""

    def __init__(self, tunnel: Tunnel) -> None:
        self._tunnel = tunnel

    def connect(self, request: Request, host: str, port: int) -> Way:  # noqa: ARG002  # the protocol's
        """What the `Tunnel` function returns for this host and port; a 403 if it returns None."""
        return self._tunnel(host, port) or refusal(403, "tunnel", "this proxy does not serve that host")

    def request(self, request: Request, authority: str | None) -> None:
        """None: the server handles the request itself."""

    def ended(self, end: TunnelEnd) -> None:
        """Do nothing: the function does not need the end of a tunnel."""


def origin_of(host: str, port: int, *, tls: bool) -> str:
    """``scheme://host[:port]``, without the scheme's default port."""
    name = f"[{host}]" if ":" in host else host
    scheme, usual = ("https", 443) if tls else ("http", 80)
    return f"{scheme}://{name}" if port == usual else f"{scheme}://{name}:{port}"


def parse_authority(target: str) -> tuple[str, int] | None:
    """Host and port of ``host:port`` or ``[v6]:port``; None for any other text."""
    host, _, port = target.rpartition(":")
    host = host.removeprefix("[").removesuffix("]").lower()
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        return None
    return host, int(port)
