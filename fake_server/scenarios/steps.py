"""The steps of a scenario: each is one action of the service, in any generation's wire format."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias, get_args

from fake_server.stage import How

Method: TypeAlias = Literal["null", "none-key", "cloudflare", "hashcash", "copilot"]
"""A challenge's method. ``null``: the key's value is null; ``none-key``: the key is absent (docs/protocol.md §4.7)."""
METHODS: Final[tuple[str, ...]] = get_args(Method)


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """Send `received`. Each step that answers sends it first, unless it is sent already."""


@dataclass(frozen=True, slots=True)
class Start:
    """Send `startMessage`. Each step that answers sends it first, unless it is sent already."""


@dataclass(frozen=True, slots=True)
class Say:
    """Add text to the answer's current part.

    Attributes:
        text: May be empty, and may split a word.
        fragments: Number of WebSocket frames for the event.
    """

    text: str
    fragments: int = 1


@dataclass(frozen=True, slots=True)
class Replace:
    """Replace the current part's whole text."""

    text: str


@dataclass(frozen=True, slots=True)
class NextPart:
    """Complete the current part of text; later text goes into a new one."""


@dataclass(frozen=True, slots=True)
class Think:
    """Send reasoning as text if the generation has that; else pause for the time of one chunk."""

    text: str


@dataclass(frozen=True, slots=True)
class Cite:
    """Send a citation."""

    title: str
    url: str
    publisher: str | None = None


@dataclass(frozen=True, slots=True)
class Draw:
    """Draw a picture, with previews if the generation has them.

    Attributes:
        prompt: The subject; equal prompts in equal turns give equal pictures.
        previews: Number of unfinished pictures.
        preview_kib: Least size of each, in KiB (250-600 in captures, docs/protocol.md §4.4); 0 for small ones.
        ends: ``failed`` sends `imageGenerationFailed`; ``never`` sends nothing after the previews.
        content: The finished picture's file; None to draw one from the prompt.
    """

    prompt: str
    previews: int = 2
    preview_kib: int = 0
    ends: Literal["finished", "failed", "never"] = "finished"
    content: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Suggest:
    """Set the suggested next prompts, in place of the usual ones; an empty tuple sends none.

    Attributes:
        early: Send them now, not after ``done``.
        even_if_empty: Send the event without suggestions too: some clients wait for it.
    """

    suggestions: tuple[str, ...]
    early: bool = False
    even_if_empty: bool = False


@dataclass(frozen=True, slots=True)
class Title:
    """Set the conversation's title; sent in any turn."""

    title: str


@dataclass(frozen=True, slots=True)
class Ping:
    """Send a JSON ping."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """Send a challenge. The scenario goes on once the client has solved it and sent its message again."""

    method: Method


@dataclass(frozen=True, slots=True)
class Fail:
    """Refuse the message with an error code, and end the turn.

    Attributes:
        message: A text for users; no capture of the service has one.
    """

    code: str
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Throttle:
    """Refuse the message with `chatMessageError`, which has the seconds to wait; end the turn."""

    seconds: int = 60


@dataclass(frozen=True, slots=True)
class ExpireToken:
    """Expire the caller's tokens: the fake refuses them (401) from now on. The open socket stays."""


@dataclass(frozen=True, slots=True)
class RefuseNext:
    """Make the caller's next request of a kind fail.

    Attributes:
        at: One of `fake_server.service.refusals.PLACES`.
        how: One of `fake_server.service.refusals.REFUSALS`, or a status.
    """

    at: str
    how: int | str


@dataclass(frozen=True, slots=True)
class Wait:
    """A scenario's step: pause the answer for so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Silence:
    """Send nothing more in this turn, not even ``done``; the connection stays open."""


@dataclass(frozen=True, slots=True)
class Cut:
    """End the connection without a close frame."""

    how: How = "eof"


@dataclass(frozen=True, slots=True)
class CloseWith:
    """Close the WebSocket; None sends a close frame without a code."""

    code: int | None = 1000
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Raw:
    """Send one text message unchanged, valid or not."""

    text: str


@dataclass(frozen=True, slots=True)
class Emit:
    """Send an event of any name: ``event``, ``messageId``, the fields, and the running ``id``, in this order."""

    name: str
    fields: Mapping[str, Any] = field(default_factory=dict[str, Any])


Step: TypeAlias = (
    Acknowledge
    | Start
    | Say
    | Replace
    | NextPart
    | Think
    | Cite
    | Draw
    | Suggest
    | Title
    | Ping
    | Challenge
    | Fail
    | Throttle
    | ExpireToken
    | RefuseNext
    | Wait
    | Silence
    | Cut
    | CloseWith
    | Raw
    | Emit
)
Steps: TypeAlias = Generator[Step, None, None]

_PIECES: Final = 4


def speak(text: str, pieces: int = _PIECES) -> Iterable[Say]:
    """Split a text into about ``pieces`` pieces of equal length; like the service's, they split words."""
    size = max(1, -(-len(text) // max(1, pieces)))
    return [Say(text[start : start + size]) for start in range(0, len(text), size)]
