"""pytest-recording's network block, beside ours: theirs is for tests that play its cassettes, ours for all others.

It replaces ``socket.connect``, and knows nothing of wires: where both were in force, wires would be shut to Python.
"""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, Final

import pytest

from harness.pytest_plugin.peers import RECORDING, is_loaded
from harness.pytest_plugin.state import STATE

_NETWORK: Final = "pytest_recording.network"


def is_theirs(node: pytest.Item) -> bool:
    """Whether a test plays one of its cassettes, and none of ours."""
    if not is_loaded(node.config.pluginmanager, RECORDING):
        return False
    ours = node.get_closest_marker("cassette") is not None or node.get_closest_marker("live") is not None
    return not ours and node.get_closest_marker("vcr") is not None


def peer_fixtures() -> object:
    """A plugin whose fixture goes over theirs of the same name; it has to be registered after it."""
    plugin = ModuleType("wiretape_peer_fixtures")
    vars(plugin)["block_network"] = _block_network
    return plugin


@pytest.fixture(autouse=True, name="block_network")
def _block_network(request: pytest.FixtureRequest) -> None:
    """The block of tests that play cassettes of pytest-recording; other tests have wiretape's."""
    if is_theirs(request.node) and not request.config.stash[STATE].wires:
        request.getfixturevalue("block_network")


def hosts_of_peer(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """What ``vcr_config`` opens in a test that has our block in the place of theirs.

    Theirs are regular expressions that a host begins with, ours have to match all of it.
    """
    if not is_loaded(request.config.pluginmanager, RECORDING):
        return ()
    said: Any = request.getfixturevalue("vcr_config").get("allowed_hosts") or ()
    hosts = said.split(",") if isinstance(said, str) else said
    return tuple(f"(?:{host}).*" for host in hosts)


@contextmanager
def peer_block_lifted() -> Generator[None]:
    """While a wire is open, which closes everything else by itself, theirs is not in force."""
    network: Any = sys.modules.get(_NETWORK)
    if network is None or not network._disable_pycurl:  # noqa: SLF001  # the only sign of it
        yield
        return
    hosts = network._allowed_hosts  # noqa: SLF001  # as above
    network.unblock()
    try:
        yield
    finally:
        network.block(allowed_hosts=hosts)
