"""Verifying: everything goes to the service, and what it answers is compared with the cassette. Nothing is written."""

from __future__ import annotations

from pathlib import Path

from harness.compare.verify import compare
from harness.pytest_plugin.backing.base import Backing
from harness.pytest_plugin.backing.playing import read_cassette
from harness.pytest_plugin.backing.relayed import Relayed
from harness.pytest_plugin.plan import Plan
from harness.pytest_plugin.servers import Servers
from harness.record.merge import asked_in
from harness.services.copilot import COPILOT


class Verifying(Backing):
    """The mode ``verify``."""

    def __init__(self, plan: Plan, path: Path, servers: Servers, *, shared: bool) -> None:
        self._shared = shared
        self._free = (*plan.config.ignore, *plan.config.bind)
        self.cassette = self._recorded = read_cassette(plan, path)
        self._relayed = Relayed(plan, servers, journal=False)
        self.recording = self._relayed.recording
        self.stage = self._relayed.relay
        self.token = self._relayed.token
        self.generation = self._relayed.generation

    def finish(self, aside: Path | None) -> str:
        """See `Backing`."""
        del aside
        fresh = self._relayed.recording.hooked_cassette()
        # What other tests recorded into the same file is not for this one to ask again.
        recorded = asked_in(self._recorded, fresh, COPILOT, self._free) if self._shared else self._recorded
        comparison = compare(recorded, fresh, COPILOT)
        return "" if comparison.ok else f"changed: the service is not what was recorded\n{comparison.text()}"

    def close(self) -> None:
        """See `Backing`."""
        self._relayed.close()
