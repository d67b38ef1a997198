"""Each way to the network: with no block it gets there, with one it is refused, and an open door answers it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from harness.netblock import Block, blocked
from tests.support.netblock.network_ways import WAYS, Way
from tests.support.netblock.refusals import refusal_in
from tests.support.servers.counting_listener import CountingListener

each_way = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())


@each_way
def test_a_way_reaches_the_listener_without_a_block(way: Way, shut: CountingListener, door: CountingListener):
    way(shut.port, door.port)
    assert shut.connections() >= 1


@each_way
def test_a_way_is_refused_before_anything_is_connected(
    way: Way, shut: CountingListener, door: CountingListener, rules: Callable[..., Block]
):
    block = rules()
    with blocked(block), pytest.raises(Exception) as raised:  # the block is what is tested
        way(shut.port, door.port)
    refusal = refusal_in(raised.value)
    assert refusal is not None
    assert str(shut.port) in str(refusal)
    assert block.where in str(refusal)
    assert block.refused
    assert shut.connections() == 0


@each_way
def test_a_way_to_an_open_door_is_let_through(way: Way, door: CountingListener, rules: Callable[..., Block]):
    block = rules()
    with blocked(block):
        way(door.port, door.port)
    assert door.connections() >= 1
    assert block.refused == []
