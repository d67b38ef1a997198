"""`PluginState`: what one pytest process keeps for the length of its session."""

from __future__ import annotations

import uuid
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from harness.pytest_plugin.cassette_usage import Usage
from harness.pytest_plugin.config import Layer

if TYPE_CHECKING:
    from harness.pytest_plugin.servers import Servers
    from harness.pytest_plugin.wires import Wire

STATE: Final = pytest.StashKey["PluginState"]()


class PluginState:
    """Of one process: of each xdist worker, or of pytest itself.

    Attributes:
        run: Names this test run, in all of its workers.
        usage: Which cassettes were used, and what of them was played.
        recorded: What was written by which test, in this process.
        wires: Those that are open, outermost first.
        requests: Of the fixtures that are being set up, and of the test that runs; innermost last.
        collected: The tests, those that are not run included.
        spoken_for: By definition of a ``wire_config`` that has not spoken yet: the tests with cassettes that see it.
        is_part: Whether some files, or tests in them, were chosen on the command line.
        ini: What the configuration file says.
        command_line: What the command line says.
        blocks_all: Whether tests without a wire have no network either.
    """

    def __init__(self, config: pytest.Config, ini: Layer, command_line: Layer) -> None:
        worker: dict[str, str] = getattr(config, "workerinput", {})
        self.run = worker.get("testrunuid") or uuid.uuid4().hex
        self.usage = Usage()
        self.recorded: set[tuple[str, Path]] = set()
        self.wires: list[Wire] = []
        self.requests: list[pytest.FixtureRequest] = []
        self.collected: list[pytest.Item] = []
        self.spoken_for: dict[Any, list[pytest.Item]] = {}
        self.is_part = any("::" in arg or Path(arg).is_file() for arg in config.args)
        self.ini = ini
        self.command_line = command_line
        self.blocks_all = bool(ini[1].get("block_network") or command_line[1].get("block_network"))
        self._servers: Servers | None = None
        self._folder: Path | None = None

    @property
    def servers(self) -> Servers:
        """The servers of this process; their thread starts with the first."""
        from harness.pytest_plugin.servers import Servers  # noqa: PLC0415  # servers cost time to import

        if self._servers is None:
            self._servers = Servers()
        return self._servers

    @contextmanager
    def holding(self, wire: Wire) -> Generator[None]:
        """Count a wire among the open ones."""
        self.wires.append(wire)
        try:
            yield
        finally:
            self.wires.remove(wire)

    def actual_folder(self, config: pytest.Config) -> Path:
        """Where the sessions of failed tests are kept for comparison: in pytest's cache, else in a temporary folder."""
        if self._folder is None:
            cache: pytest.Cache | None = getattr(config, "cache", None)
            if cache is not None:
                self._folder = Path(cache.mkdir("wiretape"))
            else:
                import tempfile  # noqa: PLC0415  # the rare case

                self._folder = Path(tempfile.mkdtemp(prefix="wiretape-"))
        return self._folder

    def close(self) -> None:
        """Stop the servers' thread."""
        servers, self._servers = self._servers, None
        if servers is not None:
            servers.close()
