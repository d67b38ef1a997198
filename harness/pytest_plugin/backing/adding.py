"""New episodes: what is recorded is played, and the rest goes to the service and is added."""

from __future__ import annotations

from pathlib import Path

from harness.cassette.model import Cassette
from harness.episodes.stage import Episodes
from harness.pytest_plugin.backing.base import Backing
from harness.pytest_plugin.backing.playing import make_player, read_cassette
from harness.pytest_plugin.backing.relayed import Relayed
from harness.pytest_plugin.plan import Plan
from harness.pytest_plugin.servers import Servers
from harness.record.options import SaveOptions
from harness.replay.report import Report
from harness.services.copilot import COPILOT


class Adding(Backing):
    """The mode ``new_episodes``."""

    def __init__(self, plan: Plan, path: Path, servers: Servers) -> None:
        self._relayed = Relayed(plan, servers, journal=True)
        self.recording = self._relayed.recording
        try:
            self.cassette: Cassette | None = read_cassette(plan, path) if path.exists() else None
            played = self.cassette or self._relayed.recording.cassette()
            player = make_player(plan, played)
            self._episodes = Episodes(played, player, self._relayed.relay, COPILOT)
        except BaseException:
            self.close()
            raise
        self.stage = self._episodes
        self.token = self._relayed.token
        self.generation = self._relayed.generation

    @property
    def records(self) -> bool:
        """See `Backing`."""
        return self.cassette is None or self._episodes.missed > 0

    def report(self) -> Report:
        """See `Backing`."""
        return self._episodes.report()

    def finish(self, aside: Path | None) -> str:
        """See `Backing`."""
        if self._episodes.missed:
            self._relayed.write(SaveOptions(mode="append"), aside)
        return ""

    def close(self) -> None:
        """See `Backing`."""
        self._relayed.close()
