"""Values that differ from run to run: which may stand for which, and which one stands for which in this session."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from harness.profile import Kind

_SHAPES: Final[Mapping[Kind, re.Pattern[str]]] = {
    "uuid": re.compile(r"[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}"),
    "id": re.compile(r"[^\s\"\\]{1,512}"),
    "token": re.compile(r"(?s).*\S.*"),
    "cookie": re.compile(r"(?s).*\S.*"),
    "text": re.compile(r"(?s).+"),
    "time": re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?|\d+(?:\.\d+)?"),
}
BOUND_KINDS: Final[frozenset[Kind]] = frozenset({"uuid", "id", "token"})
"""Kinds whose values name something, so that a match fixes which one stands for which. A time names nothing."""

STAND_IN: Final = "wiretape"
"""Marker inside every stand-in that redaction leaves in the place of a secret."""


def fits(kind: Kind, value: str) -> bool:
    """Whether a value looks like one of that kind."""
    return _SHAPES[kind].fullmatch(value) is not None


class Bindings:
    """Which actual value stands for which recorded one; one to one, for a session.

    A trial is a layer of further bindings over these, kept or dropped as a whole. Stand-ins of secrets are bound
    loosely: the last one wins, and a second value for the same stand-in is no conflict.
    """

    def __init__(self, parent: Bindings | None = None) -> None:
        self._parent = parent
        self._actual: dict[str, str] = {}
        self._recorded: dict[str, str] = {}
        self._loose: dict[str, str] = {}

    def trial(self) -> Bindings:
        """A layer over these that changes nothing here until it is kept."""
        return Bindings(self)

    def keep(self) -> None:
        """Add a trial's bindings to those it was made over; of two that contradict each other the older stays."""
        if self._parent is None:
            return
        for recorded, actual in self._actual.items():
            if not self._parent.contradicts(recorded, actual):
                self._parent.bind(recorded, actual)
        for recorded, actual in self._loose.items():
            self._parent.bind_loosely(recorded, actual)

    def actual(self, recorded: str) -> str | None:
        """What stands for a recorded value, or None while nothing does."""
        found = self._actual.get(recorded)
        return found if found is not None or self._parent is None else self._parent.actual(recorded)

    def recorded(self, actual: str) -> str | None:
        """Which recorded value an actual one stands for, or None."""
        found = self._recorded.get(actual)
        return found if found is not None or self._parent is None else self._parent.recorded(actual)

    def contradicts(self, recorded: str, actual: str) -> bool:
        """Whether either of the two already belongs to another."""
        return self.actual(recorded) not in (None, actual) or self.recorded(actual) not in (None, recorded)

    def bind(self, recorded: str, actual: str) -> None:
        """From now on these two stand for each other."""
        self._actual[recorded] = actual
        self._recorded[actual] = recorded

    def bind_loosely(self, stand_in: str, actual: str) -> None:
        """From now on a stand-in is answered with this value."""
        self._loose[stand_in] = actual

    def sent(self, recorded: str) -> str:
        """The value to send where the recording has this one."""
        found = self._loose.get(recorded) or self._actual.get(recorded)
        if found is not None:
            return found
        return recorded if self._parent is None else self._parent.sent(recorded)
