"""`FaultMethods`: the fault rules of a wire."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.pytest_plugin.backends import Backend
from harness.tap.tap import Tap

if TYPE_CHECKING:
    from harness.faults.rule import FaultRule
    from harness.faults.stage import Faults


class FaultMethods:
    """Faults between what answers and the client.

    Attributes:
        tap: Observes what the client gets.
        backend: What answers.
    """

    tap: Tap
    backend: Backend
    _faults: Faults | None = None

    def fault(self, *rules: str | FaultRule) -> None:
        """Spoil what clients get from now on: ``wire.fault("cut after 3 messages of /chat")``.

        The test fails if a rule never strikes. Once a rule has struck, a cassette may be played in part, and again.

        Args:
            rules: Fault rules or their lines; ``wiretape faults`` lists what there is.

        Raises:
            FaultRuleError: A line is no rule.
        """
        from harness.faults.stage import Faults  # noqa: PLC0415  # only for tests with faults

        if self._faults is None:
            self.tap.stage = self._faults = Faults(self.tap.stage)
            self.backend.allow_repeats()
        self._faults.rules.add(*rules)

    @property
    def unstruck(self) -> tuple[FaultRule, ...]:
        """The fault rules that have not struck."""
        return () if self._faults is None else self._faults.rules.unstruck

    @property
    def has_fault_struck(self) -> bool:
        """Whether any rule has struck."""
        return self._faults is not None and self._faults.rules.has_struck
