"""Wires that a fixture of any scope opens."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

import pytest

from harness.pytest_plugin.failure import WireFailure
from harness.pytest_plugin.lifecycle import open_wire
from harness.pytest_plugin.plan import as_layer, plan_node
from harness.pytest_plugin.state import PluginState
from harness.pytest_plugin.wires import Wire


def wire_for(state: PluginState, name: str | None, config: Mapping[str, Any]) -> AbstractContextManager[Wire]:
    """A wire for whatever is being set up: a fixture and its scope, else the running test.

    Args:
        state: Knows what is being set up.
        name: The cassette's, or None for the default.
        config: What the caller says.

    Raises:
        WireFailure: Nothing is being set up, or what was said is not to be understood.
    """
    if not state.requests:
        raise WireFailure(
            "config: wire_factory was called while no fixture is set up and no test runs (in a finalizer, or behind a "
            "fixture's yield): open the wire before that, and close it there"
        )
    request = state.requests[-1]
    node: Any = request.node
    said = request.getfixturevalue("wire_config")
    layers = [as_layer("the fixture wire_config", said), as_layer("wire_factory", config)]
    plan = plan_node(node, name, layers)
    if plan.path is not None:
        for test in users(state.collected, node, request.fixturename):
            state.usage.claim(plan.path, test)
    return open_wire(plan, request.config)


def users(collected: list[pytest.Item], node: pytest.Item | pytest.Collector, fixture: str | None) -> list[str]:
    """Ids of the collected tests below a node that use a fixture."""
    if isinstance(node, pytest.Item):
        return [node.nodeid]
    return [
        item.nodeid
        for item in collected
        if node in item.listchain() and (fixture is None or fixture in getattr(item, "fixturenames", ()))
    ]
