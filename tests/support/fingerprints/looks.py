"""What a client shows of itself: its ClientHello, the opening of HTTP/2, and its requests' heads."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.support.fingerprints.client_hello import ClientHello


@dataclass(frozen=True)
class Opening:
    """What a client says of itself at the beginning of an HTTP/2 connection.

    Attributes:
        settings: In its order.
        window: By how much it widens the connection's window.
    """

    settings: tuple[tuple[int, int], ...]
    window: int


@dataclass(frozen=True)
class Head:
    """A request's head.

    Attributes:
        fields: As they stood, in order; over HTTP/2 the pseudo-headers come first, and names are in lower case.
        priority: Weight, dependency and exclusiveness of an HTTP/2 stream, if the client says any.
    """

    method: str
    target: str
    fields: tuple[tuple[str, str], ...]
    priority: tuple[int, int, bool] | None = None

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.fields]

    def get(self, name: str) -> str | None:
        return next((value for key, value in self.fields if key.lower() == name), None)


@dataclass
class Look:
    """A connection, as its client showed itself.

    Attributes:
        hello: The ClientHello.
        protocol: What ALPN came to; None without it.
        opening: Of an HTTP/2 connection.
        resumed: Whether the TLS session is one from before.
        heads: Of its requests.
    """

    hello: ClientHello
    protocol: str | None = None
    opening: Opening | None = None
    resumed: bool = False
    heads: list[Head] = field(default_factory=list)


@dataclass(frozen=True)
class Seen:
    """One request, and the connection on which it came."""

    look: Look
    head: Head
