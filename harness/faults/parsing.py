"""`parse_rule`: a fault rule from its line. Every error names the line and the word that does not fit."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Final

from harness.faults.kinds import FaultKind, Unit
from harness.faults.parameters import Parameter, Value, seconds
from harness.faults.rule import KEYWORDS, FaultRule, FaultRuleError, Where, usual_times
from harness.faults.table import FAULTS, unknown_fault

_MOST_CHARACTERS: Final = 2000
_UNITS: Final[dict[str, Unit]] = {
    "connection": "connection",
    "request": "request",
    "requests": "request",
    "upgrade": "upgrade",
    "upgrades": "upgrade",
    "event": "event",
    "events": "event",
    "message": "message",
    "messages": "message",
}
_UNIT_WORDS: Final = "connection, request, upgrade, event or message"
_SPANS: Final[dict[str, Unit]] = {"socket": "message", "stream": "event"}


def parse_rule(line: str) -> FaultRule:
    """The rule that a line describes; see `harness.faults.rule` for the grammar.

    Raises:
        FaultRuleError: The line is no rule.
    """
    return _Reader(line).rule()


def parse_rules(rules: Sequence[str | FaultRule]) -> tuple[FaultRule, ...]:
    """Return fault rules, after parsing those that are given as lines.

    Raises:
        FaultRuleError: A line is no rule.
    """
    return tuple(parse_rule(rule) if isinstance(rule, str) else rule for rule in rules)


class _Reader:
    """Parses the line of one fault rule, word by word."""

    def __init__(self, line: str) -> None:
        self._line = line
        if len(line) > _MOST_CHARACTERS or not line.isprintable():
            raise FaultRuleError(f"fault rule: expected one line of at most {_MOST_CHARACTERS} printable characters")
        try:
            self._words = shlex.split(line)
        except ValueError as error:
            raise FaultRuleError(f"fault rule {line!r}: {error}") from error
        self._at = 0
        self._is_anywhere = False

    def rule(self) -> FaultRule:
        fault = self._fault()
        values = self._values(fault)
        where = self._where(fault)
        method, path = self._target()
        chance, seed = self._chance()
        times = self._times(where)
        if self._at < len(self._words):
            raise self._wrong(f"{self._words[self._at]!r} has no meaning here")
        self._check(fault, where)
        if where.unit == "connection" and (method, path) != ("", "*"):
            raise self._wrong("of: a connection has no path")
        return FaultRule(
            fault=fault.name,
            where=where,
            values=values,
            method=method,
            path=path,
            times=times,
            chance=chance,
            seed=seed,
        )

    # ------------------------------------------------------------ parts
    def _fault(self) -> FaultKind:
        name = self._next("the name of a fault")
        if name not in FAULTS:
            raise self._wrong(unknown_fault(name))
        return FAULTS[name]

    def _values(self, fault: FaultKind) -> dict[str, Value]:
        texts: dict[str, str] = {}
        names = [each.name for each in fault.parameters]
        while (word := self._peek()) is not None and word not in KEYWORDS and not self._counts_times():
            self._at += 1
            name, _, text = word.partition("=")
            if "=" not in word or name not in names:
                name, text = self._free(fault, texts, word), word
            if name in texts:
                raise self._wrong(f"{name} is given twice")
            texts[name] = text
        missing = [each.name for each in fault.parameters if each.default is None and each.name not in texts]
        if missing:
            raise self._wrong(f"{' and '.join(missing)} missing: {_takes(fault)}")
        return {each.name: self._value(each, texts[each.name]) for each in fault.parameters if each.name in texts}

    def _free(self, fault: FaultKind, taken: dict[str, str], word: str) -> str:
        """The name of the fault's next parameter without a value, which gets ``word`` as its value."""
        for each in fault.parameters:
            if each.name not in taken:
                return each.name
        near = get_close_matches(word, KEYWORDS, n=1)
        meant = f"; did you mean {near[0]}?" if near else ""
        raise self._wrong(f"{word!r}: {_takes(fault)}{meant}")

    def _value(self, parameter: Parameter, text: str) -> Value:
        try:
            return parameter.parse(text)
        except ValueError as error:
            raise self._wrong(f"{parameter.name}={text!r}: {error}") from error

    def _where(self, fault: FaultKind) -> Where:
        word = self._peek()
        if word == "after":
            self._at += 1
            return self._after()
        if word in ("at", "from"):
            self._at += 1
            return self._point(since=word == "from")
        if "request" not in fault.units and "upgrade" not in fault.units:
            raise self._wrong(f"where? for example `at {fault.units[0]} 3`")
        self._is_anywhere = True
        return Where(unit=fault.units[0], number=1, since=True)

    def _after(self) -> Where:
        number = self._next("a number of messages, or a duration")
        if number.isdigit() and (unit := _UNITS.get(self._peek() or "")) is not None:
            self._at += 1
            return Where(unit=unit, number=self._number(number, 0), after=True)
        try:
            duration = seconds(number)
        except ValueError as error:
            raise self._wrong(f"after {number}: {error}; or `after 3 messages`") from error
        words = [self._next("`of the socket` or `of the stream`") for _ in range(3)]
        if words[:2] != ["of", "the"] or words[2] not in _SPANS:
            raise self._wrong(f"after {number}: expected `of the socket` or `of the stream`, or `after 3 messages`")
        return Where(unit=_SPANS[words[2]], seconds=duration)

    def _point(self, *, since: bool) -> Where:
        word = self._next(_UNIT_WORDS)
        if word == "every":
            return Where(unit=self._unit(self._next(_UNIT_WORDS)))
        unit = self._unit(word)
        number = self._next(f"which {unit}: a number, or `where FIELD=VALUE`")
        if number == "where":
            name, given, value = self._next("FIELD=VALUE").partition("=")
            if not (name and given):
                raise self._wrong("where: expected FIELD=VALUE")
            if unit not in ("event", "message"):
                raise self._wrong(f"where: only events and messages have fields, {unit}s have not")
            return Where(unit=unit, field=name, value=value)
        return Where(unit=unit, number=self._number(number, 1), since=since)

    def _target(self) -> tuple[str, str]:
        if self._peek() != "of":
            return "", "*"
        self._at += 1
        word = self._next("a path")
        if word.startswith(("/", "*")):
            return "", word
        path = self._next("a path")
        if not (word.isascii() and word.isalpha() and path.startswith(("/", "*"))):
            raise self._wrong(f"of {word} {path}: expected [METHOD] PATH, and a path starts with / or *")
        return word.upper(), path

    def _chance(self) -> tuple[float, int]:
        if self._peek() != "in":
            return 1.0, 0
        self._at += 1
        share = self._next("a share such as 5%")
        try:
            chance = float(share.removesuffix("%")) / 100
        except ValueError:
            chance = -1.0
        if not (share.endswith("%") and 0 < chance <= 1):
            raise self._wrong(f"in {share}: expected a share above 0% and at most 100%")
        if self._peek() != "seed":
            return chance, 0
        self._at += 1
        return chance, self._number(self._next("a seed"), 0)

    def _times(self, where: Where) -> int | None:
        word = self._peek()
        if word == "once":
            self._at += 1
            return 1
        if word == "always":
            self._at += 1
            return None
        if word is not None and self._counts_times():
            self._at += 2
            return self._number(word, 1)
        return 1 if self._is_anywhere else usual_times(where)

    # ------------------------------------------------------------ words
    def _check(self, fault: FaultKind, where: Where) -> None:
        if where.unit not in fault.units:
            raise self._wrong(f"{fault.name} strikes at {' or '.join(fault.units)}, not at {where.unit}")
        if where.after and where.unit in ("connection", "request", "upgrade"):
            raise self._wrong(f"after: only events and messages; for {where.unit}s write `from {where.unit} N`")
        if (where.after or where.seconds is not None) and not fault.between:
            raise self._wrong(
                f"{fault.name} strikes at one {where.unit}: write `at {where.unit} {max(1, where.number)}`"
            )

    def _counts_times(self) -> bool:
        following = self._words[self._at : self._at + 2]
        return len(following) == 2 and following[0].isdigit() and following[1] == "times"

    def _unit(self, word: str) -> Unit:
        if word not in _UNITS:
            raise self._wrong(f"{word!r}: expected {_UNIT_WORDS}")
        return _UNITS[word]

    def _number(self, text: str, lowest: int) -> int:
        if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) >= lowest):
            raise self._wrong(f"{text!r}: expected a whole number from {lowest}")
        return int(text)

    def _peek(self) -> str | None:
        return self._words[self._at] if self._at < len(self._words) else None

    def _next(self, expected: str) -> str:
        word = self._peek()
        if word is None:
            raise self._wrong(f"the line ends where {expected} is expected")
        self._at += 1
        return word

    def _wrong(self, why: str) -> FaultRuleError:
        return FaultRuleError(f"fault rule {self._line!r}: {why}")


def _takes(fault: FaultKind) -> str:
    if not fault.parameters:
        return f"{fault.name} takes no values"
    return f"{fault.name} takes {', '.join(f'{each.name} ({each.about})' for each in fault.parameters)}"
