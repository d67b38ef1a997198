"""A wire without a cassette: the fake service, with what the test lets it say."""

from __future__ import annotations

from harness.pytest_plugin.backing.base import Backing
from harness.pytest_plugin.failure import WireFailure
from harness.pytest_plugin.plan import Plan
from harness.replay.report import Report
from harness.scripted import Scripted
from provider.wire.errors import UsageError
from provider.wire.generations import DEFAULT_GENERATION


class Scripting(Backing):
    """The fake service, and the script that a test writes for it."""

    def __init__(self, plan: Plan) -> None:
        try:
            self.script = self._script = Scripted(plan.config.generation or DEFAULT_GENERATION)
        except UsageError as error:
            raise WireFailure(f"config: {error}") from None
        self.stage = self._script.stage()

    def report(self) -> Report:
        """See `Backing`."""
        return self._script.report()
