"""The result of a request: `Played`, `Refused`, or `Mismatch`."""

from __future__ import annotations

from dataclasses import dataclass

from harness.cassette.model import Exchange
from harness.replay.entries import ReplayEntry
from harness.replay.problems import NoMatch, OutOfOrder, UsedUp
from harness.replay.rendering import Rendering


@dataclass(slots=True, eq=False)
class Played:
    """The exchange that responds to a request; no other client gets it.

    Attributes:
        entry: The exchange; another one after two exchanges have changed places.
        rendering: Puts this session's values, and the local origin, into what is sent.
        start: Number of the line at which its stream begins.
        stays_open: Whether its stream, which has no events, stays open for as long as clients wait.
    """

    entry: ReplayEntry
    rendering: Rendering
    start: int = 0
    stays_open: bool = False

    @property
    def exchange(self) -> Exchange:
        """The exchange."""
        return self.entry.exchange


class Refused(Played):
    """The recorded refusal of an upgrade: a response with a status other than 101, or no response."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """No exchange responds.

    Attributes:
        problem: The request, the nearest exchange, and why the others do not match.
    """

    problem: NoMatch | UsedUp | OutOfOrder
