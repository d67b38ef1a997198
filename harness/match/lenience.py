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
        """Whether a value that the client generated is accepted in place of the recorded one at this path."""
        ...

    def counts(self, path: str, recorded: object, actual: object) -> bool:
        """Whether both are counters, in a field that the message's framing uses as one."""
        ...

    def is_issued(self, value: str) -> bool:
        """Whether the service issued a value, which its client then used."""
        ...

    def exchanges(self, recorded: str, actual: str, bindings: Bindings) -> bool:
        """Bind two values that the service issued, if they can be paired; whether they were."""
        ...
