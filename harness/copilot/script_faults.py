"""What can go wrong in a script, as values, and the points at which a stage asks for them.

There are two points: a request (`FaultPlan.at_request`), and the events of a turn (`TurnFaults.at_event`).
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, TypeAlias

from fake_server.script import PLACES, RefusalError, check_refusal
from fake_server.stage import How
from harness.errors import HarnessError


class ScriptError(HarnessError, ValueError):
    """A script asks for something that there is not; names what there is."""


CutHow: TypeAlias = How | int
"""Without a close frame, or with one of that code."""
_CALL: Final = re.compile(r"call ([1-9]\d{0,5})")
_OTHER_PLACE: Final = "any"


@dataclass(frozen=True, slots=True)
class Refuse:
    """A request is refused.

    Attributes:
        how: A status, or a word of `fake_server.script.REFUSALS`.
        at: One of `fake_server.script.PLACES`, or ``call N``.

    Raises:
        ScriptError: There is no such request, or no such way to refuse one.
    """

    how: int | str
    at: str

    def __post_init__(self) -> None:
        try:
            check_refusal(_OTHER_PLACE if _CALL.fullmatch(self.at) else self.at, self.how)
        except RefusalError as error:
            known = f"; or call 1, call 2, ..: known places are {', '.join(PLACES)}" if self.at not in PLACES else ""
            raise ScriptError(f"refuse: {error}{known}") from error

    def __str__(self) -> str:
        return f"refuse {self.how} at {self.at}"


@dataclass(frozen=True, slots=True)
class Cut:
    """The connection ends after so many events of the turn.

    Attributes:
        how: ``eof``, ``reset``, or the code of a close frame.
    """

    after: int
    how: CutHow = "eof"

    def __str__(self) -> str:
        return f"cut ({self.how}) after {self.after} events"


@dataclass(frozen=True, slots=True)
class Stall:
    """Nothing more is said in this turn after so many events; the connection stays."""

    after: int

    def __str__(self) -> str:
        return f"stall after {self.after} events"


TurnFault: TypeAlias = Cut | Stall


class TurnFaults:
    """The faults of one turn.

    Attributes:
        struck: Those that have happened.
        after_done: Whether they may strike behind the event ``done``, which makes an answer whole: where the script
            says what comes there.
    """

    def __init__(self, faults: Iterable[TurnFault] = (), *, after_done: bool = False) -> None:
        self._waiting = sorted(faults, key=lambda each: each.after)
        self.after_done = after_done
        self.struck: list[TurnFault] = []

    @property
    def waiting(self) -> tuple[TurnFault, ...]:
        """Those that are to come, the next one first. Behind one that struck, nothing comes."""
        return () if self.struck else tuple(self._waiting)

    def at_event(self, sent: int, *, whole: bool = False) -> TurnFault | None:
        """What happens when that many events are sent, once; None for nothing.

        Args:
            sent: How many of the turn.
            whole: Whether ``done`` is among them. No client would notice a fault behind that, so it counts as one
                whose point was never reached.
        """
        if self.struck or not self._waiting or self._waiting[0].after > sent or (whole and not self.after_done):
            return None
        fault = self._waiting[0]
        self.struck.append(fault)
        return fault


class FaultPlan:
    """The refusals of a script, in the order in which they were scripted; may be used from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Refuse] = []
        self._calls = 0

    @property
    def waiting(self) -> tuple[Refuse, ...]:
        """Those that no request has met."""
        with self._lock:
            return tuple(self._waiting)

    def add(self, refuse: Refuse) -> None:
        """Refuse one request more."""
        with self._lock:
            self._waiting.append(refuse)

    def at_request(self, place: str) -> Refuse | None:
        """How the request that has come now is refused; None if it is not. Each refusal strikes once.

        Args:
            place: Where the request goes: one of `fake_server.script.PLACES`, or empty.
        """
        with self._lock:
            self._calls += 1
            for wanted in (f"call {self._calls}", place, _OTHER_PLACE):
                for refuse in self._waiting:
                    if refuse.at == wanted:
                        self._waiting.remove(refuse)
                        return refuse
        return None
