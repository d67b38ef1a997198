"""`Desk`: what a socket needs of the session it belongs to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Protocol

from harness.match.bindings import Bindings
from harness.match.compare import Rules
from harness.match.lenience import Lenience
from harness.match.request import ParsedMessage
from harness.replay.candidates import Candidate
from harness.replay.entries import ReplayEntry
from harness.replay.rendering import Rendering
from harness.replay.session_order import Timeline

if TYPE_CHECKING:
    from harness.replay.socket_playback import SocketPlayback


class Desk(Protocol):
    """What a socket needs of the session it belongs to."""

    rules: Rules
    timeline: Timeline | None
    on_progress: Callable[[], None]

    def lenience_for(self, candidate: Candidate, said: ParsedMessage, counters: Mapping[bytes, bytes]) -> Lenience:
        """What may differ in one recorded message of a socket, whose counters were matched so far."""
        ...

    def is_issued(self, value: str) -> bool:
        """Whether the service issued a value, which its client then used."""
        ...

    def choose(self, socket: SocketPlayback) -> Candidate:
        """The first candidate, in file order, that leaves one for every other undecided socket."""
        ...

    def decided(self, socket: SocketPlayback, choice: Candidate) -> None:
        """The socket is that one: nobody else may have it, and what it binds is bound for the session."""
        ...

    def keep(self, trial: Bindings) -> None:
        """Keep what a message of a decided socket binds; others may change places by it."""
        ...

    def heard(self, socket: SocketPlayback) -> None:
        """One more message of a decided socket came."""
        ...

    def waits(self, entry: ReplayEntry) -> bool:
        """Whether some of a socket's lines wait for what clients do elsewhere."""
        ...

    def may_send(self, entry: ReplayEntry, position: int) -> bool:
        """Whether all that a line waits for elsewhere has happened."""
        ...

    def hear_causes(self, rendering: Rendering, index: int, positions: Iterable[int]) -> None:
        """Have the times put in that clients said elsewhere, and these lines say back."""
        ...

    def ended(self, socket: SocketPlayback) -> None:
        """The socket's connection has ended."""
        ...
