"""The network block of tests: around wires, and by ``block_network`` in tests without one."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import pytest

from harness.netblock import Allowed, Block, blocked
from harness.pytest_plugin.config import Layer, WireConfig
from harness.pytest_plugin.plan import Plan, plan_test
from harness.pytest_plugin.state import STATE, PluginState


def block_test(item: pytest.Item, fixture: Layer, peer_hosts: tuple[str, ...]) -> AbstractContextManager[None]:
    """Block the network for a test without a wire, if ``block_network`` is set; open wires stay reachable.

    Args:
        item: The test.
        fixture: Settings of the fixture ``wire_config``.
        peer_hosts: Hosts that another plugin allows, whose block this one replaces.

    Raises:
        WireFailure: A setting is invalid.
    """
    config = plan_test(item, fixture).config
    if not config.block_network:
        return nullcontext()
    return _blocked(item.nodeid, config, item.config.stash[STATE], peer_hosts)


def block_around(plan: Plan, state: PluginState) -> AbstractContextManager[None]:
    """Block the network except for the entrances of the wires that are open now; not at all for a live test."""
    return nullcontext() if plan.is_live else _blocked(plan.test, plan.config, state)


def _blocked(
    test: str, config: WireConfig, state: PluginState, more_hosts: tuple[str, ...] = ()
) -> AbstractContextManager[None]:
    addresses = frozenset[tuple[str, int]]().union(*(wire.addresses for wire in state.wires))
    hosts = (*config.allowed_hosts, *config.ignore_hosts, *more_hosts)
    return blocked(Block(test, Allowed(open=addresses, hosts=hosts)))
