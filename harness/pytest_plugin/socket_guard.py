"""pytest-socket beside wires: lifted while one is open, as a wire closes everything else by itself.

It replaces ``socket.socket`` for a whole process, so the server behind a wire could accept nobody, and no client of
Python's could reach it. What a wire opens are its own addresses only; the block of `harness.netblock` keeps to that.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Final

import pytest

from harness.pytest_plugin.state import STATE

_GUARDED: Final[tuple[tuple[Any, str], ...]] = (
    (socket, "socket"),
    (socket.socket, "connect"),
    (socket, "getaddrinfo"),
    (socket, "gethostbyname"),
)
_lifted: Final[list[tuple[Any, str, object]]] = []
"""What pytest-socket had put in place in the test that runs, for when its last wire ends."""


@contextmanager
def guard_lifted() -> Generator[None]:
    """Lift the guard; when this ends, in the same test, it is in place again."""
    before = tuple(_lifted)
    lift_guard()
    try:
        yield
    finally:
        # A teardown has emptied the list: pytest-socket lets go by itself then, and would not a second time.
        if not before:
            _put_back()


def lift_guard() -> None:
    """Lift what pytest-socket may have put in place for the test that runs."""
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
    """The test has ended: pytest-socket has nothing in place any more."""
    del item
    _lifted.clear()


def keep_lifted(config: pytest.Config) -> None:
    """Lift it in a test whose wire is a wider one, opened before pytest-socket guarded this test."""
    if "pytest_socket" in sys.modules and config.stash[STATE].wires:
        lift_guard()
