"""`Lenience`: the differences that a replay accepts without a rule of the user."""

from __future__ import annotations

from typing import Protocol

from harness.match.bindings import Bindings
from harness.match.generated import Pair
from harness.match.looks import Clocks


class Lenience(Protocol):
    """Accepts differences without a rule of the user. The player uses it only when no recorded message matches exactly.

    Attributes:
        clocks: When the recording and the replay were made, to recognize times.
    """

    clocks: Clocks

    def accepts(self, path: str, pair: Pair) -> bool:
        """Whether the pair's actual value, which looks generated, is accepted at this path for the recorded one."""
        ...

    def counts(self, path: str, recorded: object, actual: object) -> bool:
        """Whether two values may differ because they are counters, in a field that the framing uses as a counter."""
        ...

    def is_issued(self, value: str) -> bool:
        """Whether the service sent this value in the recording before the client used it."""
        ...

    def exchanges(self, recorded: str, actual: str, bindings: Bindings) -> bool:
        """Bind two values that the service issued to each other, if they can be paired; returns whether it did."""
        ...
