"""`PluginState`: the plugin's data of one pytest process, kept for the length of its session."""

from __future__ import annotations

import uuid
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

import pytest

from harness.pytest_plugin.cassette_usage import CassetteUsage
from harness.pytest_plugin.config import Layer
from harness.pytest_plugin.failure import WireFailure
from harness.pytest_plugin.page_files import PageFiles

if TYPE_CHECKING:
    from harness.pytest_plugin.servers import Servers

STATE: Final = pytest.StashKey["PluginState"]()


class OpenWire(Protocol):
    """An open wire as pytest's hooks and the network block see it.

    A protocol, so that this module, which pytest always loads, need not import the modules that serve a wire.
    """

    @property
    def addresses(self) -> frozenset[tuple[str, int]]:
        """Host and port of each of its servers."""
        ...

    def new_failure(self) -> WireFailure | None:
        """Return the problems since the last call, or None."""
        ...

    def test_passed(self, test: str) -> None:
        """Note the id of a test that passed while the wire was open."""
        ...

    def test_did_not_pass(self) -> None:
        """Discard the wire's results, since a test failed: no leftovers are reported, and no cassette is replaced."""
        ...

    def remarks(self) -> str:
        """Return what a failed test should say about its session; empty for nothing."""
        ...


class PluginState:
    """The state of one process: of pytest itself, or of one xdist worker.

    Attributes:
        run: Id of the test run, the same in all of its workers.
        usage: Which cassettes tests used, and which exchanges they played.
        recorded: Pairs of a test and a cassette that it wrote, in this process.
        pages: The pages of red tests, see `PageFiles`.
        wires: The open wires, outermost first.
        requests: pytest's requests of the fixtures being set up and of the running test; innermost last.
        collected: All collected tests, including deselected ones.
        awaiting_config: A ``wire_config`` that has not run yet -> the tests with cassettes that use it.
        is_part: Whether the command line selects single files or tests, so that this is not the whole suite.
        ini: Settings of the configuration file.
        command_line: Settings of the command line.
        blocks_all: Whether to block the network in tests without a wire, too.
    """

    def __init__(self, config: pytest.Config, ini: Layer, command_line: Layer) -> None:
        worker: dict[str, str] = getattr(config, "workerinput", {})
        self.run = worker.get("testrunuid") or uuid.uuid4().hex
        self.usage = CassetteUsage()
        self.recorded: set[tuple[str, Path]] = set()
        self.pages = PageFiles()
        self.wires: list[OpenWire] = []
        self.requests: list[pytest.FixtureRequest] = []
        self.collected: list[pytest.Item] = []
        self.awaiting_config: dict[Any, list[pytest.Item]] = {}
        self.is_part = any("::" in arg or Path(arg).is_file() for arg in config.args)
        self.ini = ini
        self.command_line = command_line
        self.blocks_all = bool(ini.values.get("block_network") or command_line.values.get("block_network"))
        self._servers: Servers | None = None
        self._failed_sessions: Path | None = None

    @property
    def servers(self) -> Servers:
        """The servers of this process. The first use starts their thread."""
        from harness.pytest_plugin.servers import Servers  # noqa: PLC0415  # servers cost time to import

        if self._servers is None:
            self._servers = Servers()
        return self._servers

    @contextmanager
    def holding(self, wire: OpenWire) -> Generator[None]:
        """Keep a wire in the list of open wires while a ``with`` block runs."""
        self.wires.append(wire)
        try:
            yield
        finally:
            self.wires.remove(wire)

    def failed_sessions(self, config: pytest.Config) -> Path:
        """Return the folder for sessions of failed tests: in pytest's cache, else a temporary folder."""
        if self._failed_sessions is None:
            cache: pytest.Cache | None = getattr(config, "cache", None)
            if cache is not None:
                self._failed_sessions = Path(cache.mkdir("wiretape"))
            else:
                import tempfile  # noqa: PLC0415  # only with -p no:cacheprovider

                self._failed_sessions = Path(tempfile.mkdtemp(prefix="wiretape-"))
        return self._failed_sessions

    def close(self) -> None:
        """Stop the servers' thread."""
        servers, self._servers = self._servers, None
        if servers is not None:
            servers.close()
