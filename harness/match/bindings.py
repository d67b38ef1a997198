"""`Bindings`: which actual value stands for which recorded one, among values that differ from run to run."""

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
"""Kinds whose values identify something, so that a match binds them one to one. A time identifies nothing."""

PLACEHOLDER_MARK: Final = "wiretape"
"""Marker inside every placeholder that redaction leaves in the place of a secret."""


def fits(kind: Kind, value: str) -> bool:
    """Whether a value looks like one of that kind."""
    return _SHAPES[kind].fullmatch(value) is not None


@dataclass(frozen=True, slots=True)
class Accepted:
    """A generated value that was accepted in place of the recorded one; see `harness.match.generated`.

    Attributes:
        place: Where it stands, as options write it (``json.id``, ``query.t``, ``path[1]``).
        look: The look that both values share, such as ``uuid``.
    """

    place: str
    look: str


class Bindings:
    """Which actual value stands for which recorded one; one to one, for a session.

    A trial is a layer of further bindings over these, kept or dropped as a whole. Credentials in headers are bound
    loosely: the last one wins, and a second value for the same placeholder is no conflict.

    Attributes:
        accepted: The generated values that this trial accepted in place of recorded ones.
        swaps: Issued values that this trial lets stand for each other; only the player reads them.
        log: The recorded values that were bound in this layer, in order; the parent has a log of its own.
    """

    def __init__(self, parent: Bindings | None = None) -> None:
        self._parent = parent
        self._actual: dict[str, str] = {}
        self._recorded: dict[str, str] = {}
        self._loose: dict[str, str] = {}
        self._freed: set[str] = set()
        self._moves: list[tuple[Literal["transpose", "swap"], str, str, str | None]] = []
        self._displaced: set[str] = set()
        self.accepted: list[Accepted] = []
        self.swaps: list[object] = []
        self.log: list[str] = []

    def trial(self) -> Bindings:
        """A new layer over these bindings; it changes them only when it is kept."""
        return Bindings(self)

    def copy(self) -> Bindings:
        """A layer with the same bindings over the same parent; a binding added to one later is not in the other."""
        other = Bindings(self._parent)
        other._actual, other._recorded, other._loose = dict(self._actual), dict(self._recorded), dict(self._loose)
        other._freed, other._displaced, other._moves = set(self._freed), set(self._displaced), list(self._moves)
        other.accepted, other.swaps, other.log = list(self.accepted), list(self.swaps), list(self.log)
        return other

    def keep(self) -> None:
        """Add the bindings of this trial to its parent; of two that contradict each other the older one stays."""
        parent = self._parent
        if parent is None:
            return
        for kind, one, other, actual in self._moves:
            # Other values may have changed places since: repeat the calls, so that each moves what is there now.
            if kind == "transpose":
                parent.transpose(one, other)
                continue
            owner = other if actual is None else parent.recorded(actual) or other
            if owner != one:
                parent.swap(one, owner)
        for recorded, actual in self._actual.items():
            if recorded not in self._displaced and not parent.contradicts(recorded, actual):
                parent.bind(recorded, actual)
        for recorded, actual in self._loose.items():
            parent.bind_loosely(recorded, actual)
        parent.accepted += self.accepted
        parent.swaps += self.swaps

    def actual(self, recorded: str) -> str | None:
        """The actual value that stands for a recorded one; None while there is none."""
        found = self._actual.get(recorded)
        if found is not None or self._parent is None or recorded in self._freed:
            return found
        return self._parent.actual(recorded)

    def recorded(self, actual: str) -> str | None:
        """The recorded value that an actual one stands for; None if there is none."""
        found = self._recorded.get(actual)
        if found is not None or self._parent is None:
            return found
        found = self._parent.recorded(actual)
        return None if found in self._freed else found

    def contradicts(self, recorded: str, actual: str) -> bool:
        """Whether either value is bound to another one already."""
        return self.actual(recorded) not in (None, actual) or self.recorded(actual) not in (None, recorded)

    def bind(self, recorded: str, actual: str) -> None:
        """Bind two values to each other."""
        self._displaced.discard(recorded)
        self._put(recorded, actual)

    def _put(self, recorded: str, actual: str) -> None:
        if recorded != actual or self.sent(recorded) != actual:
            self.log.append(recorded)
        self._actual[recorded] = actual
        self._recorded[actual] = recorded

    @property
    def has_displaced(self) -> bool:
        """Whether `swap` or `transpose` was called, here or below: a text may then stand for another recorded value."""
        return bool(self._displaced) or (self._parent is not None and self._parent.has_displaced)

    def has_moved(self, recorded: str) -> bool:
        """Whether a recorded value changed places with another one, here or below."""
        return recorded in self._displaced or (self._parent is not None and self._parent.has_moved(recorded))

    def means_itself(self, text: str) -> bool:
        """Whether neither binding of a text, as a recorded value or as an actual one, pairs it with another text."""
        return self.actual(text) in (None, text) and self.recorded(text) in (None, text)

    def transpose(self, recorded: str, actual: str) -> None:
        """Bind two values to each other, and their former counterparts to each other."""
        standing, owner = self.actual(recorded) or recorded, self.recorded(actual) or actual
        self._put(recorded, actual)
        self._displaced.add(recorded)
        if owner != recorded:
            self._put(owner, standing)
            self._displaced.add(owner)
        self._moves.append(("transpose", recorded, actual, None))

    def swap(self, one: str, other: str) -> None:
        """Exchange the bindings of two recorded values; either may have none."""
        actual = self.actual(one), self.actual(other)
        for recorded in (one, other):
            self._free(recorded)
        for recorded, value in ((one, actual[1]), (other, actual[0])):
            if value is not None:
                self._put(recorded, value)
        self._displaced |= {one, other}
        self._moves.append(("swap", one, other, actual[1]))

    def _free(self, recorded: str) -> None:
        actual = self._actual.pop(recorded, None)
        if actual is not None and self._recorded.get(actual) == recorded:
            del self._recorded[actual]
        self._freed.add(recorded)
        self.log.append(recorded)

    def rename(self, names: Mapping[str, str]) -> None:
        """Rename recorded values in this layer's bindings, because the session exchanged these values in its recording.

        Args:
            names: Old recorded value -> new one.
        """

        def name(recorded: str) -> str:
            return names.get(recorded, recorded)

        self._actual = {name(recorded): actual for recorded, actual in self._actual.items()}
        self._recorded = {actual: name(recorded) for actual, recorded in self._recorded.items()}
        self._loose = {name(recorded): actual for recorded, actual in self._loose.items()}
        self._freed, self._displaced = ({name(each) for each in every} for every in (self._freed, self._displaced))
        self._moves = [
            (kind, name(one), other if kind == "transpose" else name(other), actual)
            for kind, one, other, actual in self._moves
        ]
        self.log += names

    def bind_loosely(self, placeholder: str, actual: str) -> None:
        """Send this value in place of a placeholder from now on; a later call replaces it."""
        if self._loose.get(placeholder) != actual:
            self.log.append(placeholder)
        self._loose[placeholder] = actual

    def owned(self) -> list[tuple[str, str]]:
        """The bindings of this layer: actual and recorded value of each."""
        return [(actual, recorded) for recorded, actual in self._actual.items()]

    def owned_values(self) -> list[str]:
        """The recorded values that are bound in this layer, including loosely bound ones."""
        return [*self._actual, *self._loose]

    def loosely_owned(self) -> dict[str, str]:
        """The loose bindings of this layer: recorded -> actual."""
        return dict(self._loose)

    def know(self, actual: str, recorded: str) -> None:
        """Accept a further actual value for a recorded one, without changing the value that `sent` returns for it."""
        self._recorded.setdefault(actual, recorded)

    def sent(self, recorded: str) -> str:
        """The value to send in place of a recorded one."""
        found = self._actual.get(recorded) or self._loose.get(recorded)
        if found is not None:
            return found
        return recorded if self._parent is None or recorded in self._freed else self._parent.sent(recorded)

    def news(self, seen: tuple[int, ...]) -> tuple[list[str], tuple[int, ...]]:
        """The recorded values that were bound, here or below, since an earlier call.

        Args:
            seen: The second value that the earlier call returned; empty for all values.

        Returns:
            The values, and what to pass to the next call.
        """
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
    def is_empty(self) -> bool:
        """Whether nothing is bound, neither in this layer nor in those below."""
        return not (self._recorded or self._freed) and (self._parent is None or self._parent.is_empty)

    @property
    def is_plain(self) -> bool:
        """Whether every value is sent as it was recorded."""
        return not self.log and (self._parent is None or self._parent.is_plain)

    def changed(self) -> dict[str, str]:
        """Every recorded value in whose place another one is sent: recorded -> actual."""
        found = {} if self._parent is None else self._parent.changed()
        for recorded in self._freed:
            found.pop(recorded, None)
        found.update({**self._loose, **self._actual})
        return {recorded: actual for recorded, actual in found.items() if recorded != actual}
