"""`SessionContext` and `PlayedSocket`: what a played socket and its session require of each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from harness.match.bindings import Bindings
from harness.match.lenience import Lenience
from harness.match.request import ParsedMessage
from harness.replay.candidates import Candidate
from harness.replay.entries import ReplayEntry
from harness.replay.likeness import Likeness
from harness.replay.rendering import Rendering
from harness.replay.sending_order import SendingOrder
from harness.replay.socket_choice import SocketChoice


class PlayedSocket(Protocol):
    """A played socket, as its session sees it.

    Attributes:
        rendering: Puts the session's values into what is sent.
    """

    rendering: Rendering

    @property
    def matched(self) -> int:
        """How many of the client's messages were matched."""
        ...

    @property
    def is_repeat(self) -> bool:
        """Whether the recorded socket is played again, with values of its own."""
        ...

    @property
    def choice(self) -> SocketChoice:
        """Which recorded sockets it may be."""
        ...

    def become(self, entry: ReplayEntry) -> None:
        """Continue as another recorded socket, on which the same was sent and received so far."""
        ...


class SessionContext(Protocol):
    """The session of a socket, as the socket sees it."""

    @property
    def order(self) -> SendingOrder:
        """When recorded lines may be sent."""
        ...

    def lenience_for(self, candidate: Candidate, message: ParsedMessage, counters: Mapping[bytes, bytes]) -> Lenience:
        """What may differ in a recorded message of a socket, given the counters that were matched on it so far."""
        ...

    def may_exchange(self, candidate: Candidate) -> bool:
        """Whether values of a recorded socket may change places with those of another one."""
        ...

    @property
    def likeness(self) -> Likeness:
        """Compares messages of recorded sockets."""
        ...

    def choose(self, choice: SocketChoice, line: int | None = None, /) -> Candidate:
        """The candidate to take where nothing tells them apart; see `UndecidedSockets.choose`."""
        ...

    def decided(self, socket: PlayedSocket, candidate: Candidate) -> None:
        """Note which recorded socket this one is: no other socket gets it, and the session keeps its bindings."""
        ...

    def keep(self, trial: Bindings) -> None:
        """Take over the bindings that a message of a decided socket made; they may swap other exchanges."""
        ...

    def add_senders_times(self, rendering: Rendering, entry: ReplayEntry, positions: Iterable[int]) -> None:
        """Render, in these lines, the times that clients sent on other exchanges and that the lines repeat."""
        ...

    def ended(self, socket: PlayedSocket) -> None:
        """Note that the socket's connection has ended."""
        ...
