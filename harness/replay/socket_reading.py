"""`SocketReading`: what a service's profile says of its sockets: how messages are framed, and which are heartbeats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from harness.cassette.model import SocketExchange
from harness.framing.message_patterns import MessagePattern
from harness.framing.streams import SOCKET_IO, StreamFraming, named_framing
from harness.profile import ServiceProfile
from harness.replay.heartbeat_looks import HeartbeatLook, looks_like_heartbeat, patterns_of
from harness.replay.units import framing_of


@dataclass(frozen=True, slots=True)
class SocketReading:
    """How messages of sockets are framed, and which are heartbeats: by the profile, else by the messages' content.

    Attributes:
        framing: See `harness.profile.ServiceProfile`.
        heartbeats: The patterns of heartbeats; None if the profile names none.
    """

    framing: tuple[tuple[str, str], ...] = ()
    heartbeats: tuple[MessagePattern, ...] | None = None

    @classmethod
    def of(cls, profile: ServiceProfile) -> SocketReading:
        """The reading that a profile describes."""
        return cls(profile.framing, patterns_of(profile.heartbeats))

    def framing_of(self, exchange: SocketExchange) -> StreamFraming | None:
        """The protocol that uses a socket as a stream; None if its messages are messages."""
        return framing_of(exchange, self.framing)

    def look(self, target: str) -> HeartbeatLook:
        """How single messages on the socket of that target are recognized as heartbeats."""
        engine_io = "EIO=" in target or named_framing(self.framing, target) == SOCKET_IO
        return HeartbeatLook(engine_io, self.heartbeats)

    def is_heartbeat(self, body: bytes) -> bool:
        """Whether a body that a client posts is a heartbeat."""
        if self.heartbeats is not None:
            return any(each.matches(body) for each in self.heartbeats)
        return looks_like_heartbeat("text", body)


BY_LOOK: Final = SocketReading()
"""All by look."""
