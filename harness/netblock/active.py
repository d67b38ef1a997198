"""Which block is in force, in this process, and for which threads it is not."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from harness.netblock.rules import Block

STACK: Final[list[Block]] = []
"""Innermost last. Read without the lock: taking an item from a list, and appending one, are atomic."""
LOCK: Final = threading.RLock()
EXEMPT: Final[weakref.WeakKeyDictionary[threading.Thread, int]] = weakref.WeakKeyDictionary()
"""Threads without a block, and how often each was exempted. By thread and not by its number, which is used again."""

_TOOLS_MARK: Final = "is_pydev_daemon_thread"
"""How the debugger of PyCharm and VS Code marks its own threads, which talk to the editor."""


def in_force() -> Block | None:
    """The block that the current thread has to obey."""
    try:
        block = STACK[-1]
    except IndexError:
        return None
    return None if is_exempt() else block


def is_exempt() -> bool:
    """Whether the current thread has no block."""
    thread = threading.current_thread()
    return (bool(EXEMPT) and thread in EXEMPT) or getattr(thread, _TOOLS_MARK, False) is True


def exempt(thread: threading.Thread) -> None:
    """Free a thread from blocks, until `oblige`."""
    with LOCK:
        EXEMPT[thread] = EXEMPT.get(thread, 0) + 1


def oblige(thread: threading.Thread) -> None:
    """Undo one `exempt`."""
    with LOCK:
        left = EXEMPT.get(thread, 0) - 1
        if left > 0:
            EXEMPT[thread] = left
        else:
            EXEMPT.pop(thread, None)


def exempt_this_thread() -> None:
    """Free the current thread from blocks, for as long as it lives, and the threads that it starts during a block.

    For a thread that belongs to the tool and not to the test, such as that of a relay which has to reach the service.
    A test's own threads are never free by this: freedom is handed down from the thread that starts another one, and in
    no other way; neither tasks, contexts nor executors of others carry it.
    """
    exempt(threading.current_thread())


@contextmanager
def exempted() -> Generator[None]:
    """Free the current thread for the length of a block; threads that it starts in there stay free.

    In a coroutine this holds for all tasks of the thread until the block is left: use `exempt_this_thread` for loops.
    """
    thread = threading.current_thread()
    exempt(thread)
    try:
        yield
    finally:
        oblige(thread)
