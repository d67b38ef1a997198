"""What can go wrong when a cassette is played. Every text in a problem is fit to be shown: masked, escaped, cut."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from harness.match.compare import FieldDifference
from harness.replay.naming import volatile_places


@dataclass(frozen=True, slots=True)
class Nearest:
    """The recorded exchange, or message, that came closest.

    Attributes:
        exchange: Such as ``exchange 3: POST /c/api/conversations``.
        differences: In which fields it differs.
        played: It was played already.
    """

    exchange: str
    differences: tuple[FieldDifference, ...]
    played: bool = False

    @property
    def places(self) -> tuple[str, ...]:
        """The places in which it differs, as options name them, if the values there may be made anew in each run."""
        return volatile_places(self.differences)


@dataclass(frozen=True, slots=True)
class Other:
    """A recorded exchange that did not match either, and why."""

    exchange: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """A request that no exchange answers.

    Attributes:
        asked: The request's method and target.
        nearest: None if nothing is like it.
        others: Further exchanges that were tried.
        hint: What to do about it.
    """

    kind: ClassVar[str] = "no-match"
    asked: str
    nearest: Nearest | None = None
    others: tuple[Other, ...] = ()
    hint: str = ""

    @property
    def summary(self) -> str:
        """One line."""
        return f"{self.asked}: {_MISSES[self.kind]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoMatch(Miss):
    """Nothing recorded answers the request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedUp(Miss):
    """All that would have answered the request was played already."""

    kind: ClassVar[str] = "used-up"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutOfOrder(Miss):
    """The cassette asks for the order of the session, and what comes before this request did not come in time."""

    kind: ClassVar[str] = "out-of-order"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoCassetteFound(Miss):
    """There is no cassette that could answer.

    Attributes:
        path: Of the missing file.
    """

    kind: ClassVar[str] = "no-cassette"
    path: str = ""


_MISSES = {
    "no-cassette": "there is no cassette",
    "no-match": "nothing recorded matches",
    "used-up": "what matches was played already",
    "out-of-order": "what was recorded before it did not come",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageMismatch:
    """A client's message differs from the recorded one in its place; the socket was closed with 4004.

    Attributes:
        exchange: The socket.
        number: Which of the client's messages on it, from 1.
        asked: The message in a few words.
        nearest: The recorded message in its place; of several sockets that were still possible the closest.
        others: The other sockets.
        hint: What may have happened.
    """

    kind: ClassVar[str] = "message-mismatch"
    exchange: str
    number: int
    asked: str
    nearest: Nearest | None = None
    others: tuple[Other, ...] = ()
    hint: str = ""

    @property
    def summary(self) -> str:
        """One line."""
        return f"{self.exchange}: message {self.number} of the client differs ({self.asked})"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientHung:
    """The client was waited for longer than the deadline; the socket was closed with 4004.

    Attributes:
        exchange: The socket.
        awaited: What was waited for.
        deadline: How long, in seconds.
    """

    kind: ClassVar[str] = "client-hung"
    exchange: str
    awaited: str
    deadline: float

    @property
    def summary(self) -> str:
        """One line."""
        return f"{self.exchange}: waited {self.deadline:g} s for {self.awaited}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unplayed:
    """An exchange that nobody asked for, or a socket that the client left before it was over.

    Attributes:
        exchange: Which.
        unsent: Lines of the server that were not sent, if it was begun.
        unsaid: Messages of the client that did not come, if it was begun.
        first: The first line that is left.
        begun: Whether it was asked for at all.
    """

    kind: ClassVar[str] = "unplayed"
    exchange: str
    unsent: int = 0
    unsaid: int = 0
    first: str = ""
    begun: bool = False

    @property
    def summary(self) -> str:
        """One line."""
        if not self.begun:
            return f"{self.exchange}: never asked for"
        parts = [f"{self.unsent} of the server's lines not sent"] if self.unsent else []
        parts += [f"{self.unsaid} of the client's messages did not come"] if self.unsaid else []
        return f"{self.exchange}: {', '.join(parts)}, from {self.first}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trailing:
    """Lines after the end of a turn that the client did not stay for: no failure.

    Attributes:
        exchange: The socket.
        unsent: How many.
        first: The first of them.
    """

    kind: ClassVar[str] = "trailing"
    exchange: str
    unsent: int
    first: str

    @property
    def summary(self) -> str:
        """One line."""
        left = f"{self.unsent} lines not sent, from {self.first}"
        return f"{self.exchange}: the client left after the end of the turn; {left}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolFailure:
    """The player itself, or a function of the profile, raised: this says nothing about the client.

    Attributes:
        where: At what.
        error: Type and text of the exception.
    """

    kind: ClassVar[str] = "tool-failure"
    where: str
    error: str

    @property
    def summary(self) -> str:
        """One line."""
        return f"{self.where}: {self.error}"


Problem: TypeAlias = (
    NoMatch | UsedUp | OutOfOrder | NoCassetteFound | MessageMismatch | ClientHung | Unplayed | Trailing | ToolFailure
)
