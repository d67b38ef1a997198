"""The network block of tests without a wire: ``block_network``, wherever it is said."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import pytest

from harness.netblock import Allowed, Block, blocked
from harness.pytest_plugin.config import Layer
from harness.pytest_plugin.plan import plan_test
from harness.pytest_plugin.state import STATE


def block_test(item: pytest.Item, said: Layer, peer_hosts: tuple[str, ...]) -> AbstractContextManager[None]:
    """Block everything for a test but the hosts that it names, and wires that are open; if it is to be blocked.

    Args:
        item: The test.
        said: What the fixture ``wire_config`` gave.
        peer_hosts: What another plugin opens, whose block this one stands for.

    Raises:
        WireFailure: What was said about hosts is not to be understood.
    """
    config = plan_test(item, said).config
    if not config.block_network:
        return nullcontext()
    wires = item.config.stash[STATE].wires
    doors = frozenset((each.host, each.port) for wire in wires for each in wire.entrances)
    hosts = (*config.allowed_hosts, *config.ignore_hosts, *peer_hosts)
    return blocked(Block(item.nodeid, Allowed(open=doors, hosts=hosts)))
