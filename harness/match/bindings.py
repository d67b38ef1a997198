"""Values that differ from run to run: which may stand for which, and which one stands for which in this session."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

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

PLACEHOLDER_MARK: Final = "wiretape"
"""Marker inside every placeholder that redaction leaves in the place of a secret."""


def fits(kind: Kind, value: str) -> bool:
    """Whether a value looks like one of that kind."""
    return _SHAPES[kind].fullmatch(value) is not None


@dataclass(frozen=True, slots=True)
class Accepted:
    """A generated value that was accepted in place of the recorded one; see `harness.match.generated`.

    Attributes:
        place: Where it stood, as options write it (``json.id``, ``query.t``, ``path[1]``).
        look: How both look generated.
    """

    place: str
    look: str


class Bindings:
    """Which actual value stands for which recorded one; one to one, for a session.

    A trial is a layer of further bindings over these, kept or dropped as a whole. Credentials in headers are bound
    loosely: the last one wins, and a second value for the same placeholder is no conflict.

    Attributes:
        accepted: The generated values that this trial took in place of recorded ones.
        swaps: What the service issued and this trial lets stand for each other; the player knows what that is.
        log: The recorded values that others were bound to here, in order; those of the parent are in its own.
    """

    def __init__(self, parent: Bindings | None = None) -> None:
        self._parent = parent
        self._actual: dict[str, str] = {}
        self._recorded: dict[str, str] = {}
        self._loose: dict[str, str] = {}
        self._freed: set[str] = set()
        self._moves: list[tuple[Literal["transpose", "swap"], str, str]] = []
        self._displaced: set[str] = set()
        self.accepted: list[Accepted] = []
        self.swaps: list[object] = []
        self.log: list[str] = []

    def trial(self) -> Bindings:
        """A layer over these that changes nothing here until it is kept."""
        return Bindings(self)

    def keep(self) -> None:
        """Add a trial's bindings to those it was made over; of two that contradict each other the older stays."""
        parent = self._parent
        if parent is None:
            return
        for kind, one, other in self._moves:
            # Others may have changed places since: only what was meant is said again, and the rest follows.
            if kind == "transpose":
                parent.transpose(one, other)
            else:
                parent.swap(one, other)
        for recorded, actual in self._actual.items():
            if recorded not in self._displaced and not parent.contradicts(recorded, actual):
                parent.bind(recorded, actual)
        for recorded, actual in self._loose.items():
            parent.bind_loosely(recorded, actual)
        parent.accepted += self.accepted
        parent.swaps += self.swaps

    def actual(self, recorded: str) -> str | None:
        """What stands for a recorded value, or None while nothing does."""
        found = self._actual.get(recorded)
        if found is not None or self._parent is None or recorded in self._freed:
            return found
        return self._parent.actual(recorded)

    def recorded(self, actual: str) -> str | None:
        """Which recorded value an actual one stands for, or None."""
        found = self._recorded.get(actual)
        if found is not None or self._parent is None:
            return found
        found = self._parent.recorded(actual)
        return None if found in self._freed else found

    def contradicts(self, recorded: str, actual: str) -> bool:
        """Whether either of the two already belongs to another."""
        return self.actual(recorded) not in (None, actual) or self.recorded(actual) not in (None, recorded)

    def bind(self, recorded: str, actual: str) -> None:
        """From now on these two stand for each other."""
        self._displaced.discard(recorded)
        self._put(recorded, actual)

    def _put(self, recorded: str, actual: str) -> None:
        if recorded != actual or self.sent(recorded) != actual:
            self.log.append(recorded)
        self._actual[recorded] = actual
        self._recorded[actual] = recorded

    @property
    def has_displaced(self) -> bool:
        """Whether a value stands for another one than its own, so that equal texts may mean different values."""
        return bool(self._displaced) or (self._parent is not None and self._parent.has_displaced)

    def means_itself(self, text: str) -> bool:
        """Whether a text that was recorded, and came, means the same both times."""
        return self.actual(text) in (None, text) and self.recorded(text) in (None, text)

    def transpose(self, recorded: str, actual: str) -> None:
        """From now on these two stand for each other, and what they stood for before do so, too."""
        standing, owner = self.actual(recorded) or recorded, self.recorded(actual) or actual
        self._put(recorded, actual)
        self._displaced.add(recorded)
        if owner != recorded:
            self._put(owner, standing)
            self._displaced.add(owner)
        self._moves.append(("transpose", recorded, actual))

    def swap(self, one: str, other: str) -> None:
        """From now on each of two recorded values is what the other one was: bound to a value, or to none."""
        actual = self.actual(one), self.actual(other)
        for recorded in (one, other):
            self._free(recorded)
        for recorded, value in ((one, actual[1]), (other, actual[0])):
            if value is not None:
                self._put(recorded, value)
        self._displaced |= {one, other}
        self._moves.append(("swap", one, other))

    def _free(self, recorded: str) -> None:
        actual = self._actual.pop(recorded, None)
        if actual is not None and self._recorded.get(actual) == recorded:
            del self._recorded[actual]
        self._freed.add(recorded)
        self.log.append(recorded)

    def bind_loosely(self, placeholder: str, actual: str) -> None:
        """From now on a placeholder is answered with this value."""
        if self._loose.get(placeholder) != actual:
            self.log.append(placeholder)
        self._loose[placeholder] = actual

    def owned(self) -> list[tuple[str, str]]:
        """What was bound in this layer: actual and recorded value."""
        return [(actual, recorded) for recorded, actual in self._actual.items()]

    def owned_values(self) -> list[str]:
        """The recorded values that were bound in this layer, loosely bound ones included."""
        return [*self._actual, *self._loose]

    def loosely_owned(self) -> dict[str, str]:
        """What was bound loosely in this layer: recorded -> actual."""
        return dict(self._loose)

    def know(self, actual: str, recorded: str) -> None:
        """A further actual value stands for a recorded one; what is sent for that stays as it is."""
        self._recorded.setdefault(actual, recorded)

    def sent(self, recorded: str) -> str:
        """The value to send where the recording has this one."""
        found = self._actual.get(recorded) or self._loose.get(recorded)
        if found is not None:
            return found
        return recorded if self._parent is None or recorded in self._freed else self._parent.sent(recorded)

    def news(self, seen: tuple[int, ...]) -> tuple[list[str], tuple[int, ...]]:
        """The recorded values that were bound to others since a state of the logs, and the state now."""
        found: list[str] = []
        state: list[int] = []
        layer: Bindings | None = self
        while layer is not None:
            number = len(state)
            found += layer.log[seen[number] if number < len(seen) else 0 :]
            state.append(len(layer.log))
            layer = layer._parent  # noqa: SLF001  # its own class
        return found, tuple(state)

    @property
    def is_plain(self) -> bool:
        """Whether every value is sent as it was recorded."""
        return not self.log and (self._parent is None or self._parent.is_plain)

    def changed(self) -> dict[str, str]:
        """Every recorded value that another one is sent for: recorded -> actual."""
        found = {} if self._parent is None else self._parent.changed()
        for recorded in self._freed:
            found.pop(recorded, None)
        found.update({**self._loose, **self._actual})
        return {recorded: actual for recorded, actual in found.items() if recorded != actual}
