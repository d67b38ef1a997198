"""What a cassette has for a request: `Played`, `Refused`, or `Mismatch`."""

from __future__ import annotations

from dataclasses import dataclass

from harness.cassette.model import Exchange
from harness.replay.entries import ReplayEntry
from harness.replay.problems import NoMatch, OutOfOrder, UsedUp
from harness.replay.rendering import Rendering


@dataclass(slots=True, eq=False)
class Played:
    """The exchange that answers a request; nobody else gets it.

    Attributes:
        entry: The exchange, and its name in reports; another one from the moment on at which the two change places.
        rendering: Puts this session's values, and the local origin, into what is sent.
    """

    entry: ReplayEntry
    rendering: Rendering

    @property
    def exchange(self) -> Exchange:
        """The exchange."""
        return self.entry.exchange


class Refused(Played):
    """The recorded answer to an upgrade is not a WebSocket: a response with another status, or none at all."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Nothing answers.

    Attributes:
        problem: What was asked, what came closest, and why the others do not match.
    """

    problem: NoMatch | UsedUp | OutOfOrder
