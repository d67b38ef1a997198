"""What a flow may ask its driver for. Everything else that a flow yields is an item for the caller."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Final, TypeAlias

import msgspec

from provider.challenges import ChallengeAsked
from provider.credentials import Credentials
from provider.items import Item
from provider.websocket import Headers


class Call(msgspec.Struct, frozen=True):
    """Make an HTTP request; answered with a `provider.transport.types.Response`. Shows no header, query or body."""

    method: str
    url: str
    headers: Headers = ()
    body: bytes | None = None

    def __repr__(self) -> str:
        return f"Call({self.method!r}, {_without_query(self.url)!r})"


class OpenSocket(msgspec.Struct, frozen=True):
    """Open the WebSocket (and close what is open); answered with the 101's headers. Shows no header or query."""

    url: str
    headers: Headers = ()

    def __repr__(self) -> str:
        return f"OpenSocket({_without_query(self.url)!r})"


class Send(msgspec.Struct, frozen=True):
    """Send one text message; answered with None."""

    text: str


class Receive(msgspec.Struct, frozen=True):
    """Wait for the next message; answered with its bytes.

    Attributes:
        within: Seconds after which the answer is None instead; None waits until the call's own deadline.
    """

    within: float | None = None


class CloseSocket(msgspec.Struct, frozen=True):
    """Close the WebSocket properly; answered with None."""


class Renew(msgspec.Struct, frozen=True):
    """Get other credentials in place of these; answered with `Credentials`, or None if there are none to be had.

    Attributes:
        credentials: Those that the service refuses, or that end soon.
        before: None where they were refused; else only if they end within so many seconds from now.
    """

    credentials: Credentials
    before: float | None = None


class Solve(msgspec.Struct, frozen=True):
    """Answer a challenge (docs/protocol.md §4.7); answered with the token, or None if nobody can, or will."""

    challenge: ChallengeAsked


def _without_query(url: str) -> str:
    return url.partition("?")[0]


RECEIVE: Final = Receive()
CLOSE_SOCKET: Final = CloseSocket()

Effect: TypeAlias = Call | OpenSocket | Send | Receive | CloseSocket | Renew | Solve
Flow: TypeAlias = Generator[Effect | Item, Any, None]


class StopRequestedError(Exception):
    """Thrown into a flow where it waits: the caller wants no more of the answer."""
