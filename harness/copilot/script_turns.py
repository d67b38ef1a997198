"""The turns of a script, which one thread writes and another plays."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from fake_server.scenarios import Asked, Say, Scenario, Step, Steps, Suggest, Title
from harness.copilot.script_faults import TurnFault, TurnFaults
from harness.printable import one_line
from harness.replay.problems import Unplayed, UsedUp


def counted(turns: int) -> str:
    """A number of turns with its noun."""
    return "1 turn" if turns == 1 else f"{turns} turns"


@dataclass(frozen=True, slots=True, kw_only=True)
class FurtherTurn(UsedUp):
    """The client sent a message beyond the scripted turns.

    Attributes:
        turns: How many turns the script has.
        prompt: The message, redacted and shortened.
    """

    turns: int
    prompt: str

    @property
    def summary(self) -> str:
        """The problem in one line of the report."""
        return f"the script has {counted(self.turns)}, the client sent a further one: {self.prompt}"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnstruckFault(Unplayed):
    """A fault whose point was never reached.

    Attributes:
        fault: The fault, described.
    """

    fault: str

    @property
    def summary(self) -> str:
        """The problem in one line of the report."""
        where = f"{self.exchange}: " if self.exchange else ""
        return f"{where}{self.fault}: that point was never reached"


_SHOWN: int = 40


@dataclass(slots=True)
class ScriptedTurn:
    """One answer.

    Attributes:
        number: From 1.
        steps: Its content, in order.
        planned: Its scripted faults.
        ended: Whether its last step ends the turn, so that the next step begins another one.
        closed: Whether the turn accepts no further steps.
        faults: The faults that still wait for their point while it is played.
    """

    number: int
    steps: list[Step] = field(default_factory=list[Step])
    planned: list[TurnFault] = field(default_factory=list[TurnFault])
    ended: bool = False
    closed: bool = False
    faults: TurnFaults = field(default_factory=TurnFaults)

    def __str__(self) -> str:
        said = "".join(step.text for step in self.steps if isinstance(step, Say))
        return f"turn {self.number} of the script" + (f' ("{one_line(said, _SHOWN)}")' if said else "")

    @property
    def has_answer(self) -> bool:
        """Whether it scripts the answer. A turn with faults only does not: the fake answers by itself."""
        return bool(self.steps) or not self.planned

    def scenario(self) -> Scenario:
        """The answer as the fake plays it, without suggestions of the fake's own."""
        steps = list(self.steps)
        if not any(isinstance(step, Suggest) for step in steps):
            steps.insert(0, Suggest((), even_if_empty=True))

        def play(_: Asked) -> Steps:
            yield from steps

        return Scenario(f"({self})", play, "a turn of a script")


class Turns:
    """The turns of a script, in order. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._turns: list[ScriptedTurn] = []
        self._begun = 0

    def __len__(self) -> int:
        return len(self._turns)

    def add(self, step: Step, *, last: bool = False) -> None:
        """Add a step to the current turn, or begin the next turn with it.

        Args:
            step: The step.
            last: Whether the step ends the turn.
        """
        with self._lock:
            turn = self._open()
            if turn is None or turn.ended:
                turn = self._begin()
            turn.steps.append(step)
            turn.ended = last

    def plan(self, fault: TurnFault) -> None:
        """Add a fault to the current turn, or to the next one."""
        with self._lock:
            (self._open() or self._begin()).planned.append(fault)

    def done(self) -> None:
        """End the current turn; without one, add an empty turn."""
        with self._lock:
            (self._open() or self._begin()).closed = True

    def take(self) -> ScriptedTurn | None:
        """Take the next turn to play it; None if there is none."""
        with self._lock:
            if self._begun == len(self._turns):
                return None
            turn = self._turns[self._begun]
            self._begun += 1
            turn.closed = True
            after_done = any(isinstance(step, Title | Suggest) for step in turn.steps)
            turn.faults = TurnFaults(turn.planned, after_done=after_done)
            return turn

    def played(self) -> tuple[ScriptedTurn, ...]:
        """The turns whose playing has begun."""
        with self._lock:
            return tuple(self._turns[: self._begun])

    def left(self) -> tuple[ScriptedTurn, ...]:
        """The turns that were not played."""
        with self._lock:
            return tuple(self._turns[self._begun :])

    def _open(self) -> ScriptedTurn | None:
        return self._turns[-1] if self._turns and not self._turns[-1].closed else None

    def _begin(self) -> ScriptedTurn:
        if self._turns:
            self._turns[-1].closed = True
        turn = ScriptedTurn(len(self._turns) + 1)
        self._turns.append(turn)
        return turn
