"""Passing on: everything goes to the service, and nothing is kept."""

from __future__ import annotations

from harness.pytest_plugin.backing.base import Backing
from harness.pytest_plugin.backing.relayed import Relayed
from harness.pytest_plugin.plan import Plan
from harness.pytest_plugin.servers import Servers


class Passing(Backing):
    """The marker ``live``, and ``--disable-recording``."""

    def __init__(self, plan: Plan, servers: Servers) -> None:
        self._relayed = Relayed(plan, servers, journal=False)
        self.recording = self._relayed.recording
        self.stage = self._relayed.relay
        self.token = self._relayed.token
        self.generation = self._relayed.generation

    def close(self) -> None:
        """See `Backing`."""
        self._relayed.close()
