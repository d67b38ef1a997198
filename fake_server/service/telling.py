"""What a turn wants of its socket: events that get their number there, and everything that is no event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from fake_server.service.acts import Close, End, Pause
from provider.wire.events import KnownEvent


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
