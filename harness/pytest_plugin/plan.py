"""`Plan`: everything that is decided before a wire opens."""

from __future__ import annotations

import shlex
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from harness.errors import HarnessError
from harness.pytest_plugin.cassette_usage import Certainty
from harness.pytest_plugin.collection import cassette_path, given_name, marker_layers, marker_name, note_config
from harness.pytest_plugin.config import ConfigError, Layer, WireConfig, resolve
from harness.pytest_plugin.config_values import FAKE
from harness.pytest_plugin.failure import WireFailure
from harness.pytest_plugin.names import CassetteNameError
from harness.pytest_plugin.peers import options_of_peers
from harness.pytest_plugin.state import STATE
from harness.services.project import project_profiles


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The decisions about one wire.

    Attributes:
        node: The test, class or module that the wire opens for.
        config: The wire's settings.
        path: The cassette; None for a script, and for passing on.
        is_named: Whether the cassette has a user's name, so that other tests can use it, too.
        passes_on: Whether everything goes to the service and nothing is recorded: ``live``, ``--disable-recording``.
        is_live: Whether the test has the marker ``live``, the only one that opens the network.
    """

    node: pytest.Item | pytest.Collector
    config: WireConfig
    path: Path | None
    is_named: bool
    passes_on: bool
    is_live: bool

    @property
    def test(self) -> str:
        """The id of the test, as pytest shows it."""
        return self.node.nodeid

    def shown(self, path: Path) -> str:
        """Return a path relative to where the user started pytest, if it lies below."""
        here = self.node.config.invocation_params.dir
        return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)

    def command_to_record_again(self, recorded_from: str, *, shared: bool) -> str:
        """Return the command that replaces this test's recording.

        Args:
            recorded_from: Origin of the existing cassette, or "".
            shared: Whether other tests have exchanges in the cassette, which have to stay.
        """
        upstream = self._command_line_upstream
        if upstream is None and recorded_from.startswith(FAKE) and not self.config.upstream:
            upstream = recorded_from
        return self._command("all" if shared else "rewrite", upstream)

    def command_to_record(self) -> tuple[str, str]:
        """Return the command that records a missing cassette, and a remark about the command, or ""."""
        upstream = self._command_line_upstream
        if upstream is not None or self.config.upstream:
            return self._command("once", upstream), ""
        own = self._own_upstream
        if own:
            return self._command("once", own), "(the service of this project's profile, which has to be running)"
        # The user has named no upstream: a command that is copied without a thought must not reach the live service.
        remark = "(the fake service; without --wire-upstream it is the live one, with the token in COPILOT_TOKEN)"
        return self._command("once", FAKE), remark

    @property
    def _command_line_upstream(self) -> object:
        """The value of ``--wire-upstream`` in this run, which a proposed command has to repeat; None without it."""
        return self.node.config.stash[STATE].command_line.values.get("upstream")

    @property
    def _own_upstream(self) -> str:
        """The upstream of the project's profile that applies: the one that is set, or the only one; else empty."""
        try:
            own = project_profiles(self.node.config.rootpath)
        except HarnessError:  # its file's error is told where the profile is used
            return ""
        chosen = {each.upstream for each in own if self.config.profile in {None, each.name}}
        return chosen.pop() if len(chosen) == 1 else ""

    def _command(self, mode: str, upstream: object) -> str:
        # A node id is relative to pytest's root folder, which may differ from the folder pytest was started in.
        file, _, rest = self.node.nodeid.partition("::")
        name = f"{self.shown(self.node.path) if file else '.'}{'::' + rest if rest else ''}"
        words = ["pytest", shlex.quote(name), f"{mode_option(self.node.config)}={mode}"]
        if upstream:
            words.append(f"--wire-upstream={shlex.quote(str(upstream))}")
        return " ".join(words)


def mode_option(config: pytest.Config) -> str:
    """Return the option that sets our record mode: the long name where another plugin has defined the short one."""
    return "--wire-record-mode" if options_of_peers(config.pluginmanager) else "--record-mode"


# ---------------------------------------------------------------- making plans
def plan_test(item: pytest.Item, fixture: Layer) -> Plan:
    """Make the plan of one test's wire.

    Args:
        item: The test.
        fixture: Settings of the fixture ``wire_config``.

    Raises:
        WireFailure: A setting, or a cassette's name, is invalid.
    """
    marker = item.get_closest_marker("cassette")
    with _usage_errors():
        layers = [fixture, *marker_layers(item), *_block_layer(item)]
    name = None if marker is None else marker_name(marker)
    live = item.get_closest_marker("live") is not None
    plan = _plan(item, layers, name, has_cassette=marker is not None and not live, live=live)
    if plan.path is not None:
        state = item.config.stash[STATE]
        state.usage.expect(item.nodeid, plan.path, Certainty.SEEN, is_named=plan.is_named)
        note_config(state, item, fixture.values)
    return plan


def _block_layer(item: pytest.Item) -> list[Layer]:
    marker = item.get_closest_marker("block_network")
    if marker is None:
        return []
    source = "marker block_network"
    hosts = marker.kwargs.get("allowed_hosts")
    if marker.args or set(marker.kwargs) - {"allowed_hosts"}:
        raise ConfigError(f"unexpected arguments ({source}): expected allowed_hosts=.. or none")
    return [Layer(source, {"block_network": True, **({"allowed_hosts": hosts} if hosts else {})})]


def plan_node(node: pytest.Item | pytest.Collector, name: str | None, layers: list[Layer]) -> Plan:
    """Make the plan of a wire that a fixture of any scope opens.

    Raises:
        WireFailure: A setting, or the cassette's name, is invalid.
    """
    return _plan(node, layers, name, has_cassette=True, live=False)


def _plan(
    node: pytest.Item | pytest.Collector, layers: list[Layer], name: str | None, *, has_cassette: bool, live: bool
) -> Plan:
    state = node.config.stash[STATE]
    passes_on = live or (has_cassette and _recording_is_disabled(node.config))
    path, named = None, False
    with _usage_errors():
        config = resolve([state.ini, *layers, state.command_line])
        if has_cassette and not passes_on:
            name = given_name(node, name, config)
            path, named = cassette_path(node, name, config), name is not None
    return Plan(node=node, config=config, path=path, is_named=named, passes_on=passes_on, is_live=live)


def _recording_is_disabled(config: pytest.Config) -> bool:
    return bool(config.getoption("disable_recording", default=False))


@contextmanager
def _usage_errors() -> Generator[None]:
    """Turn errors in settings into the test's failure.

    Raises:
        WireFailure: In place of `ConfigError` and `CassetteNameError`.
    """
    try:
        yield
    except (ConfigError, CassetteNameError) as error:
        raise WireFailure(f"config: {error}") from None


def as_layer(source: str, values: Any) -> Layer:
    """Return what a fixture or caller passed, as a layer.

    Raises:
        WireFailure: It is no mapping.
    """
    if not isinstance(values, Mapping):
        raise WireFailure(f"config: wrong type {type(values).__name__} ({source}): expected a dict")
    return Layer(source, {str(key): value for key, value in values.items()})
