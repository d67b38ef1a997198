"""The problems of a replay. Every text in a problem may be shown: masked, escaped, cut."""

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
        differences: The fields in which it differs.
        played: Whether it was played already.
    """

    exchange: str
    differences: tuple[FieldDifference, ...]
    played: bool = False

    @property
    def places(self) -> tuple[str, ...]:
        """The places in which it differs, as options name them, if all values there may be generated; else empty."""
        return volatile_places(self.differences)


@dataclass(frozen=True, slots=True)
class Other:
    """A further recorded exchange that does not match the request, and why not."""

    exchange: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """A request without a response.

    Attributes:
        request: The request's method and target.
        nearest: The exchange with the fewest differences; None if the cassette has none.
        others: Further exchanges that do not match.
        hint: What to do about it.
    """

    kind: ClassVar[str] = "no-match"
    request: str
    nearest: Nearest | None = None
    others: tuple[Other, ...] = ()
    hint: str = ""

    @property
    def summary(self) -> str:
        """The problem in one line of the report."""
        return f"{self.request}: {_MISSES[self.kind]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoMatch(Miss):
    """No recorded exchange matches the request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedUp(Miss):
    """Every exchange that matches the request was played already."""

    kind: ClassVar[str] = "used-up"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutOfOrder(Miss):
    """The request matches, but what comes before it in the recorded order did not come in time."""

    kind: ClassVar[str] = "out-of-order"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoCassetteFound(Miss):
    """A request was refused because the cassette to replay does not exist.

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
    """A client's message differs from the recorded one; the player closed the socket with code 4004.

    Attributes:
        exchange: The socket.
        number: Number of the client's message, from 1.
        message: The client's message in a few words.
        nearest: The recorded message in its place; the most similar one if several sockets are possible.
        others: The other sockets.
        hint: The likely cause.
    """

    kind: ClassVar[str] = "message-mismatch"
    exchange: str
    number: int
    message: str
    nearest: Nearest | None = None
    others: tuple[Other, ...] = ()
    hint: str = ""

    @property
    def summary(self) -> str:
        """The problem in one line of the report."""
        return f"{self.exchange}: message {self.number} of the client differs ({self.message})"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientHung:
    """The client sent nothing before the deadline; the player closed the socket with code 4004.

    Attributes:
        exchange: The socket.
        awaited: What the player waited for.
        deadline: In seconds.
    """

    kind: ClassVar[str] = "client-hung"
    exchange: str
    awaited: str
    deadline: float

    @property
    def summary(self) -> str:
        """The problem in one line of the report."""
        return f"{self.exchange}: waited {self.deadline:g} s for {self.awaited}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unplayed:
    """An exchange that no client requested, or a socket that the client left too early.

    Attributes:
        exchange: Its name.
        unsent: Number of lines of the server that were not sent, if it was begun.
        unsaid: Number of messages of the client that did not come, if it was begun.
        first: The first of these lines.
        begun: Whether a client requested it.
    """

    kind: ClassVar[str] = "unplayed"
    exchange: str
    unsent: int = 0
    unsaid: int = 0
    first: str = ""
    begun: bool = False

    @property
    def summary(self) -> str:
        """The problem in one line of the report."""
        if not self.begun:
            return f"{self.exchange}: never requested"
        parts = [f"{self.unsent} of the server's lines not sent"] if self.unsent else []
        parts += [f"{self.unsaid} of the client's messages did not come"] if self.unsaid else []
        return f"{self.exchange}: {', '.join(parts)}, from {self.first}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trailing:
    """The client left after the end of a turn, before the lines that follow it: no failure.

    Attributes:
        exchange: The socket.
        unsent: Number of these lines.
        first: The first of them.
    """

    kind: ClassVar[str] = "trailing"
    exchange: str
    unsent: int
    first: str

    @property
    def summary(self) -> str:
        """The problem in one line of the report."""
        left = f"{self.unsent} lines not sent, from {self.first}"
        return f"{self.exchange}: the client left after the end of the turn; {left}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolFailure:
    """The player, or a function of the user or the profile, raised: the client is not at fault.

    Attributes:
        where: The request or socket.
        error: Type and text of the exception.
    """

    kind: ClassVar[str] = "tool-failure"
    where: str
    error: str

    @property
    def summary(self) -> str:
        """The problem in one line of the report."""
        return f"{self.where}: {self.error}"


Problem: TypeAlias = (
    NoMatch | UsedUp | OutOfOrder | NoCassetteFound | MessageMismatch | ClientHung | Unplayed | Trailing | ToolFailure
)
