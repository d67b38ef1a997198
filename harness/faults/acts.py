"""What the client of a stream or socket gets in the place of an item: the acts that a fault leads to.

An item is a `provider.websocket.Message` of a socket, or the bytes of one event of a streamed response.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeAlias, TypeVar

from fake_server.stage import How

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Put(Generic[Item]):
    """Send an item (a message, an event, a line or a chunk) to the client."""

    item: Item = field(repr=False)


@dataclass(frozen=True, slots=True)
class Write:
    """Send bytes to the client unchanged, without the framing of an item."""

    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Sleep:
    """Wait so many seconds before the next act."""

    seconds: float


@dataclass(frozen=True, slots=True)
class EndConnection:
    """End the client's connection with FIN (``how`` is ``eof``) or RST (``reset``)."""

    how: How


@dataclass(frozen=True, slots=True)
class Finish:
    """End the stream in good order: a body with its last chunk, a socket with this close frame."""

    payload: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class StayOpen:
    """Send nothing more; the connection stays open."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """Send bytes again and again, with a pause between, until the client leaves."""

    data: bytes = field(repr=False)
    every: float


Act: TypeAlias = Put[Item] | Write | Sleep | EndConnection | Finish | StayOpen | Repeat
Acts: TypeAlias = Sequence[Act[Item]]


def ends(act: object) -> bool:
    """Whether an act is the last one: it ends the connection or the stream, or keeps it silent or busy for ever."""
    return isinstance(act, EndConnection | Finish | StayOpen | Repeat)
