"""Recording: everything goes to the service."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from harness.pytest_plugin.backing.base import Backing
from harness.pytest_plugin.backing.relayed import Relayed
from harness.pytest_plugin.plan import Plan
from harness.pytest_plugin.servers import Servers
from harness.record.options import SaveMode, SaveOptions

_HOW: Final[dict[str, SaveMode]] = {"once": "replace_once", "rewrite": "replace_once", "all": "replace_matching"}


class Taking(Backing):
    """Modes that play nothing: ``all``, ``rewrite``, and ``once`` without a file.

    Args:
        plan: What is recorded, from whom.
        servers: Where a fake upstream may run.
        run: Names the test run, of which several tests may record into one cassette.
    """

    def __init__(self, plan: Plan, servers: Servers, run: str) -> None:
        self._relayed = Relayed(plan, servers, journal=True)
        self.recording = self._relayed.recording
        self._into = SaveOptions(
            mode=_HOW[plan.config.record_mode], run=run, ignore=(*plan.config.ignore, *plan.config.bind)
        )
        self.stage = self._relayed.relay
        self.token = self._relayed.token
        self.generation = self._relayed.generation

    @property
    def records(self) -> bool:
        """See `Backing`."""
        return True

    def finish(self, aside: Path | None) -> str:
        """See `Backing`."""
        self._relayed.write(self._into, aside)
        return ""

    def close(self) -> None:
        """See `Backing`."""
        self._relayed.close()
