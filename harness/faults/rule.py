"""`FaultRule`: one fault, where it strikes, and how often. A rule is one line, and prints as that line.

::

    FAULT [VALUE ..] [NAME=VALUE ..] [WHERE] [of [METHOD] PATH] [HOW OFTEN]

    cut after 3 messages of /chat
    status 429 retry-after=2 at request 1 of POST /v1/*
    duplicate at message where event=done always
    lose at every message in 5% seed 7
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from harness.errors import HarnessError
from harness.faults.kinds import FaultKind, Unit
from harness.faults.parameters import Value, shown
from harness.faults.table import FAULTS

EVERY: Final = 0
"""`Where.number` of a rule for every request, event or message."""
KEYWORDS: Final = frozenset({"at", "after", "from", "of", "once", "always", "in"})
"""Words that end a rule's values: such a value is written with its name, ``reason=after``."""
_PLAIN: Final = re.compile(r"[\w.+-]+")
_ONE_WORD: Final = re.compile(r"[^\s\"'\\]+")


class FaultRuleError(HarnessError, ValueError):
    """A fault rule is invalid; the text names the wrong part of it, and what is possible there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Where a rule strikes.

    Attributes:
        unit: What is counted.
        number: Which one of the counted units, from 1; `EVERY` for each.
        after: Whether it strikes after ``number`` units (0: before the first), rather than at that unit.
        since: Whether it strikes at unit ``number`` and at all later ones.
        field: Path of a JSON field (or ``event`` for the name of an SSE event) that chooses instead of a number; or "".
        value: The field's value.
        seconds: Time after the stream or socket began at which it strikes; None if units are counted.
    """

    unit: Unit
    number: int = EVERY
    after: bool = False
    since: bool = False
    field: str = ""
    value: str = ""
    seconds: float | None = None

    def __str__(self) -> str:
        if self.seconds is not None:
            return f"after {self.seconds:g}s of the {'socket' if self.unit == 'message' else 'stream'}"
        if self.field:
            return f"at {self.unit} where {_condition(self.field, self.value)}"
        if self.after:
            return f"after {self.number} {self.unit}{'' if self.number == 1 else 's'}"
        if self.number == EVERY:
            return f"at every {self.unit}"
        return f"{'from' if self.since else 'at'} {self.unit} {self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultRule:
    """One fault, where it strikes, and how often.

    Attributes:
        fault: Name of a fault in `harness.faults.table.FAULTS`.
        where: The point of a connection, stream or socket at which it strikes.
        values: Name -> value of the parameters that the rule gives; the others have their defaults.
        method: The request's method in upper case; empty for any.
        path: The request's path, with ``*`` for any run of characters.
        times: How often it strikes in all; None for no limit.
        chance: Probability, above 0 and at most 1, that it strikes at a point.
        seed: Seed of that probability: the same seed gives the same strikes.
    """

    fault: str
    where: Where
    values: Mapping[str, Value] = field(default_factory=dict[str, Value])
    method: str = ""
    path: str = "*"
    times: int | None = 1
    chance: float = 1.0
    seed: int = 0

    @property
    def kind(self) -> FaultKind:
        """The fault's row in the table of faults."""
        return FAULTS[self.fault]

    @property
    def parameters(self) -> dict[str, Value]:
        """Name -> value of all parameters of the fault, defaults included."""
        known = {each.name: each.default for each in self.kind.parameters if each.default is not None}
        return {**known, **self.values}

    def concerns(self, method: str, path: str) -> bool:
        """Whether the rule applies to requests with that method and path."""
        return self.method in ("", method.upper()) and fnmatch.fnmatchcase(path, self.path)

    def __str__(self) -> str:
        words = [self.fault]
        for index, each in enumerate(self.kind.parameters):
            if each.name in self.values:
                text = shown(self.values[each.name])
                plain = index == 0 and _PLAIN.fullmatch(text) and text not in KEYWORDS
                words.append(text if plain else f"{each.name}={text}")
        words.append(str(self.where))
        if self.method or self.path != "*":
            words += ["of", *([self.method] if self.method else []), _quoted(self.path)]
        if self.chance < 1:
            words.append(f"in {self.chance * 100:.12g}% seed {self.seed}")
        words.append(_how_often(self))
        return " ".join(word for word in words if word)


def _condition(name: str, value: str) -> str:
    """``FIELD=VALUE`` as one word of a fault rule's line, quoted if it needs quotes."""
    return f"{name}={shown(value)}" if _ONE_WORD.fullmatch(name) else shown(f"{name}={value}")


def _quoted(path: str) -> str:
    """A path as one word of a fault rule's line, quoted if it needs quotes."""
    return path if _ONE_WORD.fullmatch(path) else shown(path)


def _how_often(rule: FaultRule) -> str:
    usual = usual_times(rule.where)
    if rule.times == usual:
        return ""
    if rule.times is None:
        return "always"
    return "once" if rule.times == 1 else f"{rule.times} times"


def usual_times(where: Where) -> int | None:
    """Greatest number of strikes of a rule that names none: no limit (None) for ``every`` and ``from``, else 1."""
    repeated = where.since or (where.number == EVERY and not where.after and not where.field and where.seconds is None)
    return None if repeated else 1
