"""Network blocks of other plugins beside ours: lifted while a wire is open, since a wire blocks the network by itself.

pytest-recording replaces ``socket.connect`` and pytest-socket replaces ``socket.socket``, both for the whole process.
The server behind a wire could accept no connection, and no client written in Python could connect to it.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Generator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, Final

import pytest

from harness.pytest_plugin.peers import RECORDING, is_loaded
from harness.pytest_plugin.state import STATE

_NETWORK: Final = "pytest_recording.network"
_GUARDED: Final[tuple[tuple[Any, str], ...]] = (
    (socket, "socket"),
    (socket.socket, "connect"),
    (socket, "getaddrinfo"),
    (socket, "gethostbyname"),
)
"""The functions that pytest-socket replaces."""
_lifted: Final[list[tuple[Any, str, object]]] = []
"""pytest-socket's replacements in the running test, to put back when its last wire closes."""


# ---------------------------------------------------------------- pytest-recording
def plays_peer_cassette(node: pytest.Item) -> bool:
    """Whether a test replays a cassette of pytest-recording, and none of ours."""
    if not is_loaded(node.config.pluginmanager, RECORDING):
        return False
    ours = node.get_closest_marker("cassette") is not None or node.get_closest_marker("live") is not None
    return not ours and node.get_closest_marker("vcr") is not None


def peer_fixtures() -> object:
    """Return a plugin whose ``block_network`` overrides pytest-recording's; pytest has to register it later."""
    plugin = ModuleType("wiretape_peer_fixtures")
    vars(plugin)["block_network"] = _block_network
    return plugin


@pytest.fixture(autouse=True, name="block_network")
def _block_network(request: pytest.FixtureRequest) -> None:
    """Block the network by pytest-recording in tests that replay its cassettes; wiretape blocks it in all others."""
    if plays_peer_cassette(request.node) and not request.config.stash[STATE].wires:
        request.getfixturevalue("block_network")


def hosts_of_peer(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """Return the hosts that ``vcr_config`` allows, for a test in which our block replaces pytest-recording's.

    pytest-recording matches its expressions at the start of a host; ours have to match all of it.
    """
    if not is_loaded(request.config.pluginmanager, RECORDING):
        return ()
    allowed: Any = request.getfixturevalue("vcr_config").get("allowed_hosts") or ()
    hosts = allowed.split(",") if isinstance(allowed, str) else allowed
    return tuple(f"(?:{host}).*" for host in hosts)


@contextmanager
def peer_block_lifted() -> Generator[None]:
    """Lift pytest-recording's block for the length of a block."""
    network: Any = sys.modules.get(_NETWORK)
    # pytest-recording has no function that returns whether its block is active; this attribute is the only sign.
    if network is None or not network._disable_pycurl:  # noqa: SLF001
        yield
        return
    hosts = network._allowed_hosts  # noqa: SLF001  # as above
    network.unblock()
    try:
        yield
    finally:
        network.block(allowed_hosts=hosts)


# ---------------------------------------------------------------- pytest-socket
@contextmanager
def socket_guard_lifted() -> Generator[None]:
    """Lift pytest-socket's guard; put it back at the end, if the same test is still running."""
    before = tuple(_lifted)
    _lift_socket_guard()
    try:
        yield
    finally:
        # If the test's teardown has emptied the list, pytest-socket has removed its guard and would not do so again.
        if not before:
            _put_back()


def _lift_socket_guard() -> None:
    peer: Any = sys.modules.get("pytest_socket")
    lift = getattr(peer, "_remove_restrictions", None)
    if lift is None:
        return
    guards = [(owner, name, getattr(owner, name)) for owner, name in _GUARDED]
    lift()
    _lifted.extend(each for each in guards if getattr(each[0], each[1]) is not each[2])


def _put_back() -> None:
    while _lifted:
        owner, name, guard = _lifted.pop()
        setattr(owner, name, guard)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Forget pytest-socket's replacements: when the test ends, it removes them itself."""
    del item
    _lifted.clear()


def keep_socket_guard_lifted(config: pytest.Config) -> None:
    """Lift pytest-socket's guard in a test whose wire, of a wider scope, opened before the guard was put in place."""
    if "pytest_socket" in sys.modules and config.stash[STATE].wires:
        _lift_socket_guard()
