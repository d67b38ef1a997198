"""`Plan`: everything that is decided before a wire opens."""

from __future__ import annotations

import shlex
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from harness.pytest_plugin.cassette_usage import Certainty
from harness.pytest_plugin.collection import cassette_path, given_name, learn, marker_layers, marker_name
from harness.pytest_plugin.config import ConfigError, Layer, WireConfig, resolve
from harness.pytest_plugin.config_values import FAKE
from harness.pytest_plugin.failure import WireFailure
from harness.pytest_plugin.names import CassetteNameError
from harness.pytest_plugin.options import mode_option, recording_is_disabled
from harness.pytest_plugin.state import STATE


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a wire is for.

    Attributes:
        node: The test, class or module it is opened for.
        config: What it is to do.
        path: The cassette; None for a script, and for passing on.
        is_named: The cassette has a name of its own, so that other tests may use it, too.
        passes_on: Everything goes to the service, and nothing is recorded: ``live``, ``--disable-recording``.
        is_live: The test has the marker ``live``, the only one that opens the network.
    """

    node: pytest.Item | pytest.Collector
    config: WireConfig
    path: Path | None
    is_named: bool
    passes_on: bool
    is_live: bool

    @property
    def test(self) -> str:
        """Its id."""
        return self.node.nodeid

    def shown(self, path: Path) -> str:
        """A path as a person would type it, where pytest was started."""
        here = self.node.config.invocation_params.dir
        return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)

    def again(self, recorded_from: str, *, shared: bool) -> str:
        """The command that records this test once more.

        Args:
            recorded_from: Origin of the old cassette, or "".
            shared: Whether other tests have exchanges in it, which are to stay.
        """
        upstream = self._said_upstream
        if upstream is None and recorded_from.startswith("fake") and not self.config.upstream:
            upstream = recorded_from
        return self._command("all" if shared else "rewrite", upstream)

    def first(self) -> tuple[str, str]:
        """The command that records this test where there is no cassette yet; and a remark about it, or ""."""
        upstream = self._said_upstream
        if upstream is not None or self.config.upstream:
            return self._command("once", upstream), ""
        # Nobody has said who is recorded: a command that is only copied must not reach the live service.
        remark = "(the fake service; without --wire-upstream it is the live one, with the token in COPILOT_TOKEN)"
        return self._command("once", FAKE), remark

    @property
    def _said_upstream(self) -> object:
        """What the command line said: it does not say it by itself the next time."""
        return self.node.config.stash[STATE].command_line[1].get("upstream")

    def _command(self, mode: str, upstream: object) -> str:
        # A node id begins at pytest's root folder, which need not be where pytest was started.
        file, _, rest = self.node.nodeid.partition("::")
        name = f"{self.shown(self.node.path) if file else '.'}{'::' + rest if rest else ''}"
        words = ["pytest", shlex.quote(name), f"{mode_option(self.node.config)}={mode}"]
        if upstream:
            words.append(f"--wire-upstream={shlex.quote(str(upstream))}")
        return " ".join(words)


def plan_test(item: pytest.Item, said: Layer) -> Plan:
    """The plan of one test.

    Args:
        item: The test.
        said: What the fixture ``wire_config`` gave.

    Raises:
        WireFailure: Something that was said is not to be understood.
    """
    marker = item.get_closest_marker("cassette")
    with _usage_errors():
        layers = [said, *marker_layers(item), *_block_layer(item)]
    name = None if marker is None else marker_name(marker)
    live = item.get_closest_marker("live") is not None
    plan = _plan(item, layers, name, has_cassette=marker is not None and not live, live=live)
    if plan.path is not None:
        state = item.config.stash[STATE]
        state.usage.expect(item.nodeid, plan.path, Certainty.SEEN, is_named=plan.is_named)
        learn(state, item, said[1])
    return plan


def _block_layer(item: pytest.Item) -> list[Layer]:
    marker = item.get_closest_marker("block_network")
    if marker is None:
        return []
    hosts = marker.kwargs.get("allowed_hosts")
    if marker.args or set(marker.kwargs) - {"allowed_hosts"}:
        raise ConfigError("the marker block_network takes allowed_hosts=.. and nothing else")
    return [("the marker block_network", {"block_network": True, **({"allowed_hosts": hosts} if hosts else {})})]


def plan_node(node: pytest.Item | pytest.Collector, name: str | None, layers: list[Layer]) -> Plan:
    """The plan of a wire that a fixture of any scope opens.

    Raises:
        WireFailure: As in `plan_test`.
    """
    return _plan(node, layers, name, has_cassette=True, live=False)


def _plan(
    node: pytest.Item | pytest.Collector, layers: list[Layer], name: str | None, *, has_cassette: bool, live: bool
) -> Plan:
    state = node.config.stash[STATE]
    passes_on = live or (has_cassette and recording_is_disabled(node.config))
    path, named = None, False
    with _usage_errors():
        config = resolve([state.ini, *layers, state.command_line])
        if has_cassette and not passes_on:
            name = given_name(node, name, config)
            path, named = cassette_path(node, name, config), name is not None
    return Plan(node=node, config=config, path=path, is_named=named, passes_on=passes_on, is_live=live)


@contextmanager
def _usage_errors() -> Generator[None]:
    """What was said wrongly, as a failure of the test.

    Raises:
        WireFailure: In the place of such errors.
    """
    try:
        yield
    except (ConfigError, CassetteNameError) as error:
        raise WireFailure(f"config: {error}") from None


def as_layer(where: str, said: Any) -> Layer:
    """What a fixture gave, as a layer.

    Raises:
        WireFailure: It is no mapping.
    """
    if not isinstance(said, Mapping):
        raise WireFailure(f"config: {where} gave {type(said).__name__}, not a dict")
    return where, {str(key): value for key, value in said.items()}
