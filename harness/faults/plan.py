"""`ArmedRules`: rules with the count of their strikes, shared by all requests of a server."""

from __future__ import annotations

import random
import threading
from collections.abc import Sequence

from harness.faults.kinds import Unit
from harness.faults.parsing import parse_rules
from harness.faults.rule import EVERY, FaultRule


class ArmedRule:
    """A fault rule in use, with the count of how often it struck.

    Attributes:
        rule: The rule.
        struck: How often it struck.
        random: Source of random numbers for the rule's probability and for its fault.
    """

    def __init__(self, rule: FaultRule) -> None:
        self.rule = rule
        self.struck = 0
        self._seen = 0
        # Not for secrets: the same seed has to give the same strikes.
        self.random = random.Random(rule.seed)  # noqa: S311
        self._lock = threading.Lock()

    @property
    def is_spent(self) -> bool:
        """Whether the rule has struck as often as it may, and will not strike again."""
        return self.rule.times is not None and self.struck >= self.rule.times

    def strike(self) -> bool:
        """Count one strike, unless the rule is spent or its probability decides against it; returns whether it did."""
        with self._lock:
            if self.is_spent or (self.rule.chance < 1 and self.random.random() >= self.rule.chance):
                return False
            self.struck += 1
            return True

    def withdraw(self) -> None:
        """Undo the last strike, because the fault cannot be applied to the item or response at this point."""
        with self._lock:
            self.struck -= 1

    def count_request(self) -> bool:
        """Count a request to which the rule applies; returns whether the rule is to strike this one."""
        with self._lock:
            self._seen += 1
            where = self.rule.where
            return where.number in (EVERY, self._seen) or (where.since and self._seen > where.number)


class ArmedRules:
    """Rules in their order; may be used from any thread.

    Args:
        rules: Rules, or their lines.

    Raises:
        FaultRuleError: A line is no rule.
    """

    def __init__(self, rules: Sequence[str | FaultRule] = ()) -> None:
        self._armed = [ArmedRule(rule) for rule in parse_rules(rules)]

    def __bool__(self) -> bool:
        return bool(self._armed)

    def add(self, *rules: str | FaultRule) -> None:
        """Add rules.

        Raises:
            FaultRuleError: A line is no rule.
        """
        self._armed += [ArmedRule(rule) for rule in parse_rules(rules)]

    @property
    def armed(self) -> tuple[ArmedRule, ...]:
        """All rules, in their order, with the counts of their strikes."""
        return tuple(self._armed)

    @property
    def has_struck(self) -> bool:
        """Whether any rule struck."""
        return any(each.struck for each in self._armed)

    @property
    def unstruck(self) -> tuple[FaultRule, ...]:
        """The rules that never struck."""
        return tuple(each.rule for each in self._armed if not each.struck)

    def at_request(self, unit: Unit, method: str, path: str, *, early: bool = False) -> list[ArmedRule]:
        """Count a connection, request or upgrade; returns the rules that are to strike it, without counting a strike.

        Args:
            unit: What is counted.
            method: The request's method.
            path: Its path.
            early: Whether its body has not been read yet: only rules for ``early`` count it then, and no others do.
        """
        concerned = self._concerned(unit, method, path)
        return [each for each in concerned if (each.rule.fault == "early") == early and each.count_request()]

    def for_items(self, unit: Unit, method: str, path: str) -> list[ArmedRule]:
        """The rules that apply to the events of one streamed response, or to the messages of one socket."""
        return [each for each in self._concerned(unit, method, path) if not each.is_spent]

    def _concerned(self, unit: Unit, method: str, path: str) -> list[ArmedRule]:
        return [each for each in self._armed if each.rule.where.unit == unit and each.rule.concerns(method, path)]
