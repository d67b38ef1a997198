"""The steps a scenario is made of: what the service does next, in words; how it looks on the wire is not said here."""

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
    """Say that the message has come (`received`). Every step that answers does so first by itself."""


@dataclass(frozen=True, slots=True)
class Start:
    """Begin the answer (`startMessage`). Every step that answers does so first by itself."""


@dataclass(frozen=True, slots=True)
class Say:
    """Add text to the answer's current part.

    Attributes:
        text: May be empty, and may split a word.
        fragments: In how many WebSocket frames the event goes out.
    """

    text: str
    fragments: int = 1


@dataclass(frozen=True, slots=True)
class Replace:
    """Put a new text in place of all that the current part said."""

    text: str


@dataclass(frozen=True, slots=True)
class NextPart:
    """Complete the current part of text; what is said next goes into another one."""


@dataclass(frozen=True, slots=True)
class Think:
    """Reason: as text where the generation has that, else as a silence of one chunk's pace."""

    text: str


@dataclass(frozen=True, slots=True)
class Cite:
    """Name a source."""

    title: str
    url: str
    publisher: str | None = None


@dataclass(frozen=True, slots=True)
class Draw:
    """Draw a picture, with unfinished ones on the way where the generation shows them.

    Attributes:
        prompt: What is drawn; the same prompt in the same turn gives the same picture.
        previews: How many unfinished pictures.
        preview_kib: Least size of each, in KiB (250-600 in captures, docs/protocol.md §4.4); small unless asked for.
        ends: ``failed`` says so (`imageGenerationFailed`); ``never`` says nothing more about it.
        content: The finished picture as a file; None for one that is made of the prompt.
    """

    prompt: str
    previews: int = 2
    preview_kib: int = 0
    ends: Literal["finished", "failed", "never"] = "finished"
    content: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Suggest:
    """What the user might ask next, in place of the usual suggestions; nothing to send none.

    Attributes:
        early: Send it now rather than after ``done``.
        even_if_empty: Send the event without suggestions rather than none: clients wait for it.
    """

    suggestions: tuple[str, ...]
    early: bool = False
    even_if_empty: bool = False


@dataclass(frozen=True, slots=True)
class Title:
    """The conversation's title, in place of the usual one; sent in any turn."""

    title: str


@dataclass(frozen=True, slots=True)
class Ping:
    """Send a JSON ping."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """Want proof. The scenario goes on once the client has passed, and has sent its message again."""

    method: Method


@dataclass(frozen=True, slots=True)
class Fail:
    """Refuse the message with an error code; ends the turn.

    Attributes:
        message: For people; never captured from the service.
    """

    code: str
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Throttle:
    """Refuse the message until some seconds have passed; ends the turn."""

    seconds: int = 60


@dataclass(frozen=True, slots=True)
class ExpireToken:
    """Let the caller's tokens expire: they are refused (401) from then on. The open socket goes on."""


@dataclass(frozen=True, slots=True)
class RefuseNext:
    """Let the same caller's next request of a kind fail.

    Attributes:
        at: One of `fake_server.service.refusals.PLACES`.
        how: One of `fake_server.service.refusals.REFUSALS`, or a status.
    """

    at: str
    how: int | str


@dataclass(frozen=True, slots=True)
class Wait:
    """Do nothing for some seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Silence:
    """Say nothing more in this turn, not even that it is over; the connection stays."""


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
    """Send one text message as it stands, whatever it is."""

    text: str


@dataclass(frozen=True, slots=True)
class Emit:
    """Send an event by its name: ``event`` first, then ``messageId``, the fields, and the running ``id``."""

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
    """The text in about so many pieces of equal length; they split words, as the service's do."""
    size = max(1, -(-len(text) // max(1, pieces)))
    return [Say(text[start : start + size]) for start in range(0, len(text), size)]
