"""What can go wrong with a script, as problems of a `harness.replay.report.Report`."""

from __future__ import annotations

from dataclasses import dataclass

from harness.replay.problems import Unplayed, UsedUp


def counted(turns: int) -> str:
    """A number of turns, in words."""
    return "1 turn" if turns == 1 else f"{turns} turns"


@dataclass(frozen=True, slots=True, kw_only=True)
class FurtherTurn(UsedUp):
    """The client sent a message that no turn is scripted for.

    Attributes:
        turns: How many turns the script has.
        prompt: The message, masked and cut.
    """

    turns: int
    prompt: str

    @property
    def summary(self) -> str:
        """One line."""
        return f"the script has {counted(self.turns)}, the client sent a further one: {self.prompt}"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnstruckFault(Unplayed):
    """A fault whose point was never reached.

    Attributes:
        fault: Which.
    """

    fault: str

    @property
    def summary(self) -> str:
        """One line."""
        where = f"{self.exchange}: " if self.exchange else ""
        return f"{where}{self.fault}: that point was never reached"
