"""`Wire`: the local server of one test.

Not ``wire.py``: once imported, a module of that name would replace the fixture ``wire`` in the package, where pytest
looks for it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from fake_server import Server
from fake_server.host.tunnel import Gate
from fake_server.stage import Stage
from harness.calls import WireCall
from harness.doors import Doors
from harness.profile import ServiceProfile, with_places
from harness.pytest_plugin.fault_methods import FaultMethods
from harness.pytest_plugin.names import file_name
from harness.pytest_plugin.plan import Plan
from harness.pytest_plugin.record_modes import RunId, open_backend
from harness.pytest_plugin.script_methods import ScriptMethods
from harness.pytest_plugin.state import PluginState
from harness.pytest_plugin.stub_methods import StubMethods
from harness.replay.moved_times import moment_of
from harness.replay.problems import Problem
from harness.replay.report import Report
from harness.services.environment import placeholder_environment, service_environment
from harness.tap.tap import Tap
from provider.wire.generations import DEFAULT_GENERATION

if TYPE_CHECKING:
    from harness.stubs.stubs import Stubs


@dataclass(slots=True)
class WireOutcome:
    """What happened to the tests that used a wire, as far as the wire's verdict depends on it.

    Attributes:
        reported: Number of the report's problems for which a test has already failed.
        discard: Whether to discard the wire's results, because a test failed, was skipped or is expected to fail.
        passed_tests: Ids of the tests that ran while the wire was open, and passed.
        page_of: Id of the last test that left a page of this wire.
        page_problems: The problems on that page; a text stands for a problem of the session as a whole.
        proxy_hint: Why no client came through the wire's proxy; empty if one did, or without a proxy.
    """

    reported: int = 0
    discard: bool = False
    passed_tests: set[str] = field(default_factory=set[str])
    page_of: str = ""
    page_problems: list[Problem | str] = field(default_factory=list["Problem | str"])
    proxy_hint: str = ""


class _Variables(dict[str, str]):
    """The variables of a wire. Another name's error says why a profile's variable may not be among them."""

    def __missing__(self, name: str) -> str:
        raise KeyError(
            f"{name}: a variable of a profile is here only if a cassette exists, or one is recorded, of a service in "
            f"the profile's upstreams; wire.url is always there. Here are: {', '.join(self)}"
        )


class Wire(ScriptMethods, StubMethods, FaultMethods):
    """A local server that replays a cassette, records one, or follows a script; stubs answer before these.

    Attributes:
        url: ``http://127.0.0.1:PORT``: the service's origin, for the client under test.
        ws_url: ``ws://127.0.0.1:PORT``: that origin, for clients that open WebSockets.
        plan: The decisions about this wire.
        backend: What answers.
        outcome: What happened to the tests that used it.
        pages: The pages of red tests, see `PageFiles`.
        service: The profile of the service.
        token: The placeholder token that clients are to send; None for anonymous ones.
        tap: Observes the traffic.
        server: The server at ``url``.
        entrances: This server, and the proxies that lead to the same stage.
    """

    def __init__(self, plan: Plan, state: PluginState) -> None:
        self.plan = plan
        self.outcome = WireOutcome()
        self._state = state
        self.pages = state.pages
        self._servers = state.servers
        # Some tests of a class or module may not run, or may run in another process.
        self._is_wide = not isinstance(plan.node, pytest.Item)
        recorded = not self._is_wide and (plan.test, plan.path) in state.recorded
        run = RunId(state.run, is_recorded_by_test=recorded)
        self.backend = open_backend(plan, self._servers, run, shared=self.may_be_shared)
        self._scripted = self.backend.script
        self.token = self.backend.token
        self.service = self.backend.service
        try:
            self.tap = Tap(self.backend.stage)
            if plan.config.faults:
                self.fault(*plan.config.faults)
            self.server = self._start(self.tap, doors=self.backend.doors)
        except BaseException:
            self.backend.close()
            raise
        self.entrances = [self.server]
        self.url = self.server.url
        self.ws_url = self.server.ws_url

    def __repr__(self) -> str:
        return f"<Wire {self.url} {self.mode} {self.cassette or 'script'}>"

    # ------------------------------------------------------------ for tests
    @property
    def upstreams(self) -> dict[str, str]:
        """The base URLs of the session's further upstreams, by name."""
        return {} if self.backend.doors is None else self.backend.doors.urls(self.url)

    @property
    def env(self) -> dict[str, str]:
        """Variables that lead a client here: ``WIRETAPE_URL``, ``WIRETAPE_WS_URL``, and those of the service's profile.

        The service's variable for a token holds a placeholder, unless the session is anonymous.
        """
        found = service_environment(self.url, self.service, self.upstreams)
        return _Variables({**found, **placeholder_environment(self.token, self.service)})

    @property
    def calls(self) -> list[WireCall]:
        """The requests received, including upgrades, in order."""
        self.settle()
        return self.tap.calls

    @property
    def sent(self) -> list[Any]:
        """The clients' messages on sockets, in order: JSON decoded, other text as str, other data as bytes."""
        self.settle()
        return self.tap.sent

    @property
    def cassette(self) -> Path | None:
        """The file that the wire replays or writes; None without one."""
        return self.plan.path

    @property
    def mode(self) -> str:
        """The record mode of the wire's cassette; ``script`` or ``live`` for a wire without a cassette."""
        if self.plan.path is not None:
            return self.plan.config.record_mode
        return "live" if self.plan.passes_on else "script"

    @property
    def generation(self) -> str:
        """The protocol generation: the configuration's, else the upstream's or cassette's, else the newest."""
        kind, _, name = self.recorded_from.partition(":")
        known = self.plan.config.generation or self.backend.generation
        return known or (name if kind == "fake" and name else DEFAULT_GENERATION)

    @property
    def recorded_at(self) -> datetime | None:
        """When the replayed session began, in UTC, for tests that freeze time; None without a replay."""
        return None if self.backend.cassette is None else moment_of(self.backend.cassette)

    def report(self) -> Report:
        """Return what was played so far, and what went wrong."""
        self.settle()
        return self.report_now()

    def report_now(self) -> Report:
        """Return the report as it stands now: unlike `report`, without waiting for the clients' last messages.

        Made in the servers' thread, which changes what the report reads.
        """
        return self._servers.call(self._report)

    # ------------------------------------------------------------ for the plugin
    @property
    def may_have_problems(self) -> bool:
        """Whether `report_now` may hold a problem besides leftovers; costs no wait for the servers' thread."""
        return self._stubs is not None or self.backend.may_have_problems

    @property
    def addresses(self) -> frozenset[tuple[str, int]]:
        """Host and port of each entrance."""
        return frozenset((each.host, port) for each in self.entrances for port in (each.port, *each.more_ports))

    @property
    def recorded_from(self) -> str:
        """Origin of the replayed cassette; empty without one."""
        return "" if self.backend.cassette is None else self.backend.cassette.recorded.origin

    @property
    def aside(self) -> Path:
        """File for a session that must not replace the cassette; no other test uses this file."""
        test = self.plan.test
        key = hashlib.sha256(f"{test}\0{self.plan.path}".encode()).hexdigest()[:8]
        folder = self._state.failed_sessions(self.plan.node.config)
        return folder / f"{file_name(test.rpartition('::')[2])}-{key}.yaml"

    @property
    def redacting_service(self) -> ServiceProfile:
        """The service's profile with the secret places of the configuration."""
        config = self.plan.config
        return with_places(self.service, config.secret_places, personal=config.redact_personal)

    @property
    def is_shared(self) -> bool:
        """Whether other tests use the cassette, too."""
        path = self.plan.path
        return path is not None and (self._is_wide or self._state.usage.is_shared(path))

    @property
    def may_be_shared(self) -> bool:
        """Whether other tests use the cassette, or one whose ``wire_config`` has not been evaluated yet may."""
        path, usage = self.plan.path, self._state.usage
        return path is not None and (self._is_wide or usage.may_be_shared(path, is_named=self.plan.is_named))

    def settle(self) -> None:
        """Wait until everything that clients have sent has arrived."""
        for entrance in self.entrances:
            self._servers.settle(entrance, self.tap)

    @contextmanager
    def entrance(self, stage: Stage, gate: Gate) -> Generator[Server]:
        """Start one more server for the length of a block; at its end everything sent to the server has arrived.

        Args:
            stage: What answers there; closed at the end.
            gate: Makes the server a forward proxy.
        """
        server = self._start(stage, gate)
        self.entrances.append(server)
        try:
            yield server
            self._servers.settle(server, self.tap)
        finally:
            self.entrances.remove(server)
            self._servers.stop(server)

    def _start(self, stage: Stage, gate: Gate | None = None, doors: Doors | None = None) -> Server:
        origins = self.plan.config.allowed_origins
        further = () if doors is None else doors.origins
        own = (*self.service.origins, *further)
        server = self._servers.start(stage, gate, own_origins=own, allowed_origins=origins, more_ports=len(further))
        if doors is not None:
            doors.opened(server.port, server.more_ports)
        return server

    def finish(self) -> Report:
        """Close the server and its connections; return the report that was made just before."""
        return self._servers.finish(self.server, self.tap, self._report)

    def _report(self) -> Report:
        report = self._with_stubs(self.backend.report())
        return report.after_faults() if self.has_fault_struck else report

    def _new_stubs(self) -> Stubs:
        from harness.stubs.stubs import Stubs  # noqa: PLC0415  # only for tests with stubs

        made = Stubs(profile=self.service, deadline=self.plan.config.timeout, ordered=self.plan.config.strict_order)
        script = self._scripted
        behind = self.tap if self._faults is None else self._faults
        behind.stage = made.stage(behind.stage, lambda: script is None or not script.is_empty)
        return made

    def abandon(self) -> None:
        """Close the wire's server without making a report."""
        self._servers.stop(self.server)
