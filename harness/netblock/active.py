"""The active block of this process, and the threads that are exempt from it."""

from __future__ import annotations

import functools
import threading
import weakref
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, Final

from harness.netblock.patches import Patches
from harness.netblock.rules import Block

STACK: Final[list[Block]] = []
"""The active blocks, innermost last. Read without the lock: reading an item and appending one are atomic."""
LOCK: Final = threading.RLock()
EXEMPT: Final[weakref.WeakKeyDictionary[threading.Thread, int]] = weakref.WeakKeyDictionary()
"""Exempt threads, and how many exemptions each has. Keyed by thread, because the system reuses thread numbers."""

_DEBUGGER_MARK: Final = "is_pydev_daemon_thread"
"""Attribute by which the debugger of PyCharm and VS Code marks its own threads, which connect to the editor."""


def active_block() -> Block | None:
    """Return the block that applies to the current thread, or None."""
    try:
        block = STACK[-1]
    except IndexError:
        return None
    return None if is_exempt() else block


def is_exempt() -> bool:
    """Whether no block applies to the current thread."""
    thread = threading.current_thread()
    return (bool(EXEMPT) and thread in EXEMPT) or getattr(thread, _DEBUGGER_MARK, False) is True


def _exempt(thread: threading.Thread) -> None:
    with LOCK:
        EXEMPT[thread] = EXEMPT.get(thread, 0) + 1


def _revoke_exemption(thread: threading.Thread) -> None:
    """Take back one call of `_exempt`: the thread is blocked again when none is left."""
    with LOCK:
        left = EXEMPT.get(thread, 0) - 1
        if left > 0:
            EXEMPT[thread] = left
        else:
            EXEMPT.pop(thread, None)


def exempt_this_thread() -> None:
    """Exempt the current thread from blocks for the rest of its life, and the threads that it starts during a block.

    For threads of the tool, such as a relay's, which has to reach the service. A test's own threads never become exempt
    by this: only a thread that an exempt thread starts inherits the exemption. Tasks, contexts and executors do not.
    """
    _exempt(threading.current_thread())


@contextmanager
def exempted() -> Generator[None]:
    """Exempt the current thread for the length of a block; threads that it starts there stay exempt.

    In a coroutine, all tasks of the thread are exempt until the block ends. Use `exempt_this_thread` for event loops.
    """
    thread = threading.current_thread()
    _exempt(thread)
    try:
        yield
    finally:
        _revoke_exemption(thread)


def patch_threading(patches: Patches, module: ModuleType) -> None:
    """Patch ``threading.Thread.start``, which all of Python's threads pass; Python 3.11 has no audit event for it."""
    patches.replace(module.Thread, "start", _inheriting)


def _inheriting(real: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(real)
    def start(thread: Any) -> None:
        if EXEMPT and threading.current_thread() in EXEMPT:
            _exempt(thread)
        real(thread)

    return start
