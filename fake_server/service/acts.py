"""What a socket is to do next, in order; whoever holds the connection does it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from fake_server.stage import How
from provider.websocket import Message


@dataclass(frozen=True, slots=True)
class Send:
    """Send a message; ``because`` as in `fake_server.service.telling.Tell`."""

    message: Message
    because: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait before the next act, unless the client says something."""

    seconds: float


@dataclass(frozen=True, slots=True)
class End:
    """End the connection without a close frame."""

    how: How


@dataclass(frozen=True, slots=True)
class Close:
    """Close the WebSocket."""

    code: int | None
    reason: str


Act: TypeAlias = Send | Pause | End | Close
