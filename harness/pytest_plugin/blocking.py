"""The network block of tests without a wire: ``--block-network`` and the marker of that name."""

from __future__ import annotations

from contextlib import AbstractContextManager

import pytest

from harness.netblock import Allowed, Block, blocked
from harness.pytest_plugin.plan import Plan, plan_test


def block_test(item: pytest.Item) -> AbstractContextManager[None]:
    """Block everything for a test but the hosts that it names.

    Raises:
        WireFailure: What was said about hosts is not to be understood.
    """
    plan: Plan = plan_test(item, ("the fixture wire_config", {}))
    hosts = (*plan.config.allowed_hosts, *plan.config.ignore_hosts)
    return blocked(Block(item.nodeid, Allowed(open=frozenset(), hosts=hosts)))
