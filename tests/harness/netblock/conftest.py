from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from harness.netblock import Allowed, Block
from tests.support.servers.counting_listener import CountingListener

WHERE = "tests/test_app.py::test_asks"


@pytest.fixture
def door() -> Iterator[CountingListener]:
    """A server that `rules` open."""
    listener = CountingListener()
    yield listener
    listener.close()


@pytest.fixture
def shut() -> Iterator[CountingListener]:
    """A server that `rules` do not open."""
    listener = CountingListener()
    yield listener
    listener.close()


@pytest.fixture
def rules(door: CountingListener) -> Callable[..., Block]:
    """Makes a block with one open door, and hosts on demand."""
    return lambda *hosts: Block(WHERE, Allowed(open=frozenset({(door.host, door.port)}), hosts=hosts))
