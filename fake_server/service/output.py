"""What the service sends on a socket: the outputs of a turn, and the actions on the connection that carry them out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final, TypeAlias

import msgspec

from fake_server.stage import How
from provider.websocket import Message, Opcode
from provider.wire.events import ChallengeEvent, KnownEvent, encode_event

_KEYLESS: Final = "none-key"
_NULL: Final = "null"


# ---------------------------------------------------------------- outputs of a turn
@dataclass(frozen=True, slots=True)
class SendEvent:
    """Send an event; the socket numbers it.

    Attributes:
        fragments: Number of WebSocket frames.
        nulls: Fields to write as null, before ``id``.
        because: For a refusal, the rule behind it. The trace shows it; it is never sent.
    """

    event: KnownEvent
    fragments: int = 1
    nulls: tuple[str, ...] = ()
    because: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class SendNamed:
    """Send an event by name and fields; it may be unknown or malformed. The socket numbers it."""

    name: str
    fields: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class SendRaw:
    """Send a text message as it is, without adding the running ``id``."""

    text: str


@dataclass(frozen=True, slots=True)
class SendChallenge:
    """Send a challenge; the turn goes on when the client has passed it.

    Attributes:
        method: As in `fake_server.scenarios.steps.Challenge`.
        parameter: The event's ``parameter``.
    """

    method: str
    parameter: str | None


@dataclass(frozen=True, slots=True)
class GoSilent:
    """Send nothing more in this turn; the connection stays open."""


# ---------------------------------------------------------------- actions on the connection
@dataclass(frozen=True, slots=True)
class SendMessage:
    """Send a WebSocket message; ``because`` as in `SendEvent`."""

    message: Message
    because: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait before the next output, or until the client sends a message."""

    seconds: float


@dataclass(frozen=True, slots=True)
class End:
    """End the connection without a close frame."""

    how: How


@dataclass(frozen=True, slots=True)
class Close:
    """Close the WebSocket with a close frame."""

    code: int | None
    reason: str


Output: TypeAlias = SendEvent | SendNamed | SendRaw | SendChallenge | GoSilent | Pause | End | Close
Action: TypeAlias = SendMessage | Pause | End | Close


class EventEncoder:
    """Encodes the events of one socket, with their running numbers (docs/protocol.md §4.4).

    Args:
        challenges_apart: Whether challenges have a numbering of their own: ``1.0001``.
    """

    def __init__(self, *, challenges_apart: bool) -> None:
        self._challenges_apart = challenges_apart
        self._count = 0
        self._apart = 0

    def event(self, output: SendEvent) -> SendMessage:
        """An event as a message, with the next ``id`` of the socket."""
        numbered = msgspec.structs.replace(output.event, id=self._next_id())
        encoded = encode_event(numbered)
        if output.nulls:
            fields: dict[str, Any] = msgspec.json.decode(encoded)
            number = fields.pop("id")
            encoded = msgspec.json.encode({**fields, **dict.fromkeys(output.nulls), "id": number})
        return SendMessage(_text(encoded, output.fragments), output.because)

    def named(self, output: SendNamed) -> SendMessage:
        """An event that has no struct, as a message, with the next ``id`` of the socket."""
        return SendMessage(_text(msgspec.json.encode({"event": output.name, **output.fields, "id": self._next_id()})))

    def raw(self, text: str) -> SendMessage:
        """A text as a message, as it is: no ``id`` is added."""
        return SendMessage(_text(text.encode()))

    def challenge(self, output: SendChallenge) -> SendMessage:
        """A challenge, numbered; ``none-key`` has no key ``method``, as in 2024 (§4.7)."""
        number = self._apart_id() if self._challenges_apart else self._next_id()
        if output.method == _KEYLESS:
            return SendMessage(_text(msgspec.json.encode({"event": "challenge", "id": number})))
        method = None if output.method == _NULL else output.method
        return SendMessage(_text(encode_event(ChallengeEvent(method=method, parameter=output.parameter, id=number))))

    def _next_id(self) -> str:
        number = self._count
        self._count += 1
        self._apart = 0
        return str(number)

    def _apart_id(self) -> str:
        self._apart += 1
        return f"{max(0, self._count - 1)}.{self._apart:04}"


def _text(encoded: bytes, fragments: int = 1) -> Message:
    if fragments <= 1:
        return Message(Opcode.TEXT, encoded)
    count = min(fragments, len(encoded))
    edges = [len(encoded) * number // count for number in range(count + 1)]
    return Message(Opcode.TEXT, encoded, tuple(end - start for start, end in pairwise(edges)))
