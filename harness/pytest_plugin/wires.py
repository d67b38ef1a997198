"""`Wire`: the local server of one test, and all that can be asked of it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from fake_server import Server
from fake_server.host.tunnel import Gate
from fake_server.stage import Stage
from harness.pytest_plugin.backing import Run, open_backing
from harness.pytest_plugin.names import file_name
from harness.pytest_plugin.plan import Plan
from harness.pytest_plugin.script_methods import ScriptMethods
from harness.pytest_plugin.tap import Call, Watch
from harness.replay.moved_times import moment_of
from harness.replay.report import Report
from provider.options import BASE_URL_VARIABLE, TOKEN_VARIABLE
from provider.wire.generations import DEFAULT_GENERATION

if TYPE_CHECKING:
    from harness.pytest_plugin.state import PluginState


class Wire(ScriptMethods):
    """A local server, and what stands behind it: a cassette, a recording, or a script.

    Attributes:
        url: ``http://127.0.0.1:PORT``: the service's origin, for the client under test.
        ws_url: The same with ``ws://``.
        plan: What was asked for.
        backing: What answers.
        spoiled: The test failed, was skipped or is expected to fail: nothing more is judged, nothing replaced.
        passed: Ids of the tests that ran while it was open and did not fail.
        entrances: Its server, and the proxies that lead to the same stage.
        doubt: Why nobody came by a proxy; empty if somebody did, or if there was none.
    """

    def __init__(self, plan: Plan, state: PluginState) -> None:
        self.plan = plan
        self._state = state
        self.spoiled = False
        self.passed: set[str] = set()
        self.told = 0
        self.doubt = ""
        self._servers = state.servers
        # Of a class's or a module's tests not all may run, or not in this process.
        self._is_wide = not isinstance(plan.node, pytest.Item)
        run = Run(state.run, is_mine=not self._is_wide and (plan.test, plan.path) in state.recorded)
        self.backing = open_backing(plan, self._servers, run, shared=self.may_be_shared)
        self._scripted = self.backing.script
        self.token = self.backing.token
        try:
            self.watch = Watch(self.backing.stage)
            self.server = self._servers.start(self.watch, allowed_origins=plan.config.allowed_origins)
        except BaseException:
            self.backing.close()
            raise
        self.entrances = [self.server]
        self.url = self.server.url
        self.ws_url = self.server.ws_url

    def __repr__(self) -> str:
        return f"<Wire {self.url} {self.mode} {self.cassette or 'script'}>"

    # ------------------------------------------------------------ for tests
    @property
    def env(self) -> dict[str, str]:
        """Variables that lead a client here: ``COPILOT_BASE_URL``, and ``COPILOT_TOKEN`` unless it is anonymous."""
        found = {BASE_URL_VARIABLE: self.url}
        if self.token is not None:
            found[TOKEN_VARIABLE] = self.token
        return found

    @property
    def calls(self) -> list[Call]:
        """The requests that came, upgrades included, in order."""
        self.settle()
        return self.watch.calls

    @property
    def sent(self) -> list[Any]:
        """What clients said on sockets, in order: JSON decoded, other text as text, other data as bytes."""
        self.settle()
        return self.watch.sent

    @property
    def cassette(self) -> Path | None:
        """The file that is played or written; None without one."""
        return self.plan.path

    @property
    def mode(self) -> str:
        """The record mode; ``script`` and ``live`` without a cassette."""
        if self.plan.path is not None:
            return self.plan.config.record_mode
        return "live" if self.plan.passes_on else "script"

    @property
    def generation(self) -> str:
        """Of the protocol: what the configuration says, else that of who is or was recorded, else the newest."""
        kind, _, name = self.recorded_from.partition(":")
        said = self.plan.config.generation or self.backing.generation
        return said or (name if kind == "fake" and name else DEFAULT_GENERATION)

    @property
    def recorded_at(self) -> datetime | None:
        """When the session of the cassette began, in UTC, for tests that freeze time; None if nothing is played."""
        return None if self.backing.cassette is None else moment_of(self.backing.cassette)

    def report(self) -> Report:
        """What was played so far, and what went wrong."""
        self.settle()
        return self.report_now()

    def report_now(self) -> Report:
        """The same without waiting for what clients have sent; asked in the server's thread, which writes it."""
        return self._servers.ask(self.backing.report)

    # ------------------------------------------------------------ for the plugin
    @property
    def recorded_from(self) -> str:
        """Origin of what is played; empty if nothing is."""
        return "" if self.backing.cassette is None else self.backing.cassette.recorded.origin

    @property
    def aside(self) -> Path:
        """Where a session is kept that does not take the cassette's place; for this test alone."""
        test = self.plan.test
        key = hashlib.sha256(f"{test}\0{self.plan.path}".encode()).hexdigest()[:8]
        folder = self._state.actual_folder(self.plan.node.config)
        return folder / f"{file_name(test.rpartition('::')[2])}-{key}.yaml"

    @property
    def is_shared(self) -> bool:
        """Whether other tests name the cassette, too."""
        path = self.plan.path
        return path is not None and (self._is_wide or self._state.usage.is_shared(path))

    @property
    def may_be_shared(self) -> bool:
        """The same, or whether it may turn out so: a ``wire_config`` that has not been asked yet may name it, too."""
        path, usage = self.plan.path, self._state.usage
        return path is not None and (self._is_wide or usage.may_be_shared(path, is_named=self.plan.is_named))

    def settle(self) -> None:
        """Wait until what clients have sent has arrived."""
        for entrance in self.entrances:
            self._servers.settle(entrance, self.watch)

    @contextmanager
    def entrance(self, stage: Stage, gate: Gate) -> Generator[Server]:
        """One more way in, for the length of a block; what came by it has arrived when that ends.

        Args:
            stage: What answers there; it is closed in the end.
            gate: Makes it a forward proxy.
        """
        server = self._servers.start(stage, gate, allowed_origins=self.plan.config.allowed_origins)
        self.entrances.append(server)
        try:
            yield server
            self._servers.settle(server, self.watch)
        finally:
            self.entrances.remove(server)
            self._servers.stop(server)

    def finish(self) -> Report:
        """End the server and all of its connections; how it went, as of just before that."""
        return self._servers.finish(self.server, self.watch, self.backing.report)

    def abandon(self) -> None:
        """End the server, whatever has happened on it."""
        self._servers.stop(self.server)


@contextmanager
def environment(values: Mapping[str, str], without: frozenset[str]) -> Generator[None]:
    """Set variables, take others away, and put everything back."""
    before = {name: os.environ.get(name) for name in (*values, *without)}
    for name in without:
        os.environ.pop(name, None)
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
