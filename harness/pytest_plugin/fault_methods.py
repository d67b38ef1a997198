"""`FaultMethods`: the methods of a wire for faults."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.pytest_plugin.backends import Backend
from harness.tap.tap import Tap

if TYPE_CHECKING:
    from harness.faults.rule import FaultRule
    from harness.faults.stage import Faults
    from harness.sweep.verdicts import Verdict
    from harness.sweep.watching import WatchedStage


class FaultMethods:
    """The methods of a wire that add fault rules, and judge how the client coped with them.

    Attributes:
        tap: Observes what the client gets.
        backend: What answers.
    """

    tap: Tap
    backend: Backend
    _faults: Faults | None = None
    _watched: WatchedStage | None = None

    def fault(self, *rules: str | FaultRule) -> None:
        """Spoil what clients get from now on: ``wire.fault("cut after 3 messages of /chat")``.

        The test fails if a rule never strikes. Once a rule has struck, a cassette may be played in part, and again.

        Args:
            rules: Fault rules or their lines; ``wiretape faults`` lists what there is.

        Raises:
            FaultRuleError: A line is no rule.
        """
        from harness.faults.stage import Faults  # noqa: PLC0415  # only for tests with faults
        from harness.sweep.watching import WatchedStage  # noqa: PLC0415  # as above

        if self._faults is None:
            self._faults = Faults(self.tap.stage)
            self.tap.stage = self._watched = WatchedStage(self._faults)
            self.backend.allow_repeats()
        self._faults.rules.add(*rules)

    def settle(self) -> None:
        """Wait until everything that clients have sent has arrived."""

    def verdict(self, got: str = "", *, expected: str | None = None, error: BaseException | None = None) -> Verdict:
        """Judge what the client made of the test's faults so far, as ``wiretape sweep`` judges a program.

        Args:
            got: The client's result as text.
            expected: Its result without a fault; None if only requests, sockets and the error count.
            error: The exception that the client raised, if it is one that its user can expect.

        Returns:
            ``"recovered"``, ``"clean error"``, ``"wrong success"``, ``"stormed"``, ``"Retry-After ignored"``,
            ``"leaked socket"``, ``"close unanswered"``, ``"doubled text"``, ``"lost text"`` or ``"not struck"``.

        Raises:
            FaultRuleError: The test has no fault rule.
        """
        from harness.faults.rule import FaultRuleError  # noqa: PLC0415  # only for tests with faults
        from harness.pytest_plugin.fault_verdict import verdict_on  # noqa: PLC0415  # as above

        if self._faults is None or self._watched is None:
            raise FaultRuleError("wire.verdict: the test has no fault rule: use `wire.fault` or the marker `faults`")
        self.settle()
        return verdict_on(self._faults.rules, self._watched.seen, self.backend, got, expected, error)

    @property
    def unstruck(self) -> tuple[FaultRule, ...]:
        """The fault rules that have not struck."""
        return () if self._faults is None else self._faults.rules.unstruck

    @property
    def has_fault_struck(self) -> bool:
        """Whether any rule has struck."""
        return self._faults is not None and self._faults.rules.has_struck
