"""What a socket is to do next, in order; whoever holds the connection does it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final, TypeAlias

import msgspec

from fake_server.stage import How
from provider.websocket import Message, Opcode
from provider.wire.events import Challenge, KnownEvent, encode_event


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


@dataclass(frozen=True, slots=True)
class Tell:
    """An event.

    Attributes:
        fragments: In how many frames.
        nulls: Fields that are written as null, before ``id``.
        because: Why it refuses something, for people who look on; never sent.
    """

    event: KnownEvent
    fragments: int = 1
    nulls: tuple[str, ...] = ()
    because: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class TellNamed:
    """An event by name and fields, unknown ones and malformed ones included."""

    name: str
    fields: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class TellRaw:
    """Text that is sent as it stands."""

    text: str


@dataclass(frozen=True, slots=True)
class Ask:
    """A challenge; the turn goes on once it is passed.

    Attributes:
        method: As in `fake_server.scenarios.steps.Challenge`.
        parameter: What the client is told.
    """

    method: str
    parameter: str | None


@dataclass(frozen=True, slots=True)
class FallSilent:
    """Nothing more in this turn."""


Wish: TypeAlias = Tell | TellNamed | TellRaw | Ask | FallSilent | Pause | End | Close


_KEYLESS: Final = "none-key"
_NULL: Final = "null"


class Speech:
    """Numbers what one socket says: "0", "1", ..; challenges apart where the generation does that: "1.0001"."""

    def __init__(self, *, challenges_apart: bool) -> None:
        self._challenges_apart = challenges_apart
        self._count = 0
        self._apart = 0

    def event(self, tell: Tell) -> Send:
        """An event with its number."""
        numbered = msgspec.structs.replace(tell.event, id=self._next_id())
        encoded = encode_event(numbered)
        if tell.nulls:
            fields: dict[str, Any] = msgspec.json.decode(encoded)
            number = fields.pop("id")
            encoded = msgspec.json.encode({**fields, **dict.fromkeys(tell.nulls), "id": number})
        return Send(_text(encoded, tell.fragments), tell.because)

    def named(self, tell: TellNamed) -> Send:
        """An event by name and fields, with its number."""
        return Send(_text(msgspec.json.encode({"event": tell.name, **tell.fields, "id": self._next_id()})))

    def raw(self, text: str) -> Send:
        """Text that has no number."""
        return Send(_text(text.encode()))

    def challenge(self, asked: Ask) -> Send:
        """A challenge; ``none-key`` has no method at all, as in 2024 (§4.7)."""
        number = self._apart_id() if self._challenges_apart else self._next_id()
        if asked.method == _KEYLESS:
            return Send(_text(msgspec.json.encode({"event": "challenge", "id": number})))
        method = None if asked.method == _NULL else asked.method
        return Send(_text(encode_event(Challenge(method=method, parameter=asked.parameter, id=number))))

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
