"""The faults of a script, as values, and the plans that a stage consults.

A stage consults `FaultPlan.at_request` at each request, and `TurnFaults.at_event` at each event of a turn.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, TypeAlias

from fake_server.script import PLACES, RefusalError, check_fault
from fake_server.stage import How
from harness.errors import HarnessError


class ScriptError(HarnessError, ValueError):
    """A script has an unknown value; the text names the known ones."""


CutHow: TypeAlias = How | int
"""``eof`` or ``reset`` without a close frame, or the code of a close frame."""
_CALL: Final = re.compile(r"call ([1-9]\d{0,5})")
_OTHER_PLACE: Final = "any"


@dataclass(frozen=True, slots=True)
class Refuse:
    """Refuse a request.

    Attributes:
        how: A status, or one of `fake_server.script.FAULT_WORDS`.
        at: One of `fake_server.script.PLACES`, or ``call N``.

    Raises:
        ScriptError: The place or the refusal is unknown.
    """

    how: int | str
    at: str

    def __post_init__(self) -> None:
        try:
            check_fault(_OTHER_PLACE if _CALL.fullmatch(self.at) else self.at, self.how)
        except RefusalError as error:
            calls = "" if self.at in PLACES or _CALL.fullmatch(self.at) else "; or call 1, call 2, .."
            raise ScriptError(f"refuse: {error}{calls}") from error

    def __str__(self) -> str:
        return f"refuse {self.how} at {self.at}"


@dataclass(frozen=True, slots=True)
class CutTurn:
    """End the connection during a turn.

    Attributes:
        after: Number of the turn's events before.
        how: ``eof``, ``reset``, or the code of a close frame.
    """

    after: int
    how: CutHow = "eof"

    def __str__(self) -> str:
        return f"cut ({self.how}) after {self.after} events"


@dataclass(frozen=True, slots=True)
class StallTurn:
    """Send nothing more in this turn after so many events; the connection stays open."""

    after: int

    def __str__(self) -> str:
        return f"stall after {self.after} events"


TurnFault: TypeAlias = CutTurn | StallTurn


class TurnFaults:
    """The faults of one turn.

    Attributes:
        struck: The faults that have happened.
        after_done: Whether they may happen after ``done``, which completes an answer: if the script has events there.
    """

    def __init__(self, faults: Iterable[TurnFault] = (), *, after_done: bool = False) -> None:
        self._waiting = sorted(faults, key=lambda each: each.after)
        self.after_done = after_done
        self.struck: list[TurnFault] = []

    @property
    def waiting(self) -> tuple[TurnFault, ...]:
        """The pending faults, the next one first; none after one has happened."""
        return () if self.struck else tuple(self._waiting)

    def at_event(self, sent: int, *, whole: bool = False) -> TurnFault | None:
        """The turn's next fault if its point is reached, at most one in a turn; None if no fault is due.

        Args:
            sent: Number of the turn's events so far.
            whole: Whether ``done`` is among them. No client notices a fault after that, so its point counts as not
                reached.
        """
        if self.struck or not self._waiting or self._waiting[0].after > sent or (whole and not self.after_done):
            return None
        fault = self._waiting[0]
        self.struck.append(fault)
        return fault


class FaultPlan:
    """The refusals of a script, in the order in which they were scripted; may be used from any thread.

    Attributes:
        is_used: Whether a refusal was ever added.
    """

    def __init__(self) -> None:
        self.is_used = False
        self._lock = threading.Lock()
        self._waiting: list[Refuse] = []
        self._calls = 0

    @property
    def waiting(self) -> tuple[Refuse, ...]:
        """The refusals that no request has met."""
        with self._lock:
            return tuple(self._waiting)

    def add(self, refuse: Refuse) -> None:
        """Add a refusal."""
        with self._lock:
            self._waiting.append(refuse)
            self.is_used = True

    def at_request(self, place: str) -> Refuse | None:
        """Remove and return the first refusal that fits the current request; None if the request is to be served.

        Args:
            place: The request's place: one of `fake_server.script.PLACES`, or empty.
        """
        with self._lock:
            self._calls += 1
            for wanted in (f"call {self._calls}", place, _OTHER_PLACE):
                for refuse in self._waiting:
                    if refuse.at == wanted:
                        self._waiting.remove(refuse)
                        return refuse
        return None
