"""Processes that are started while a block is in force: the kernel keeps them to the ports of the open doors.

What a thread has restricted itself to holds for its children, so they are started from a thread of their own, which
ends thereafter. A fork restricts itself.
"""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Callable
from types import ModuleType
from typing import Any, Final, cast

from harness.netblock.active import LOCK, STACK, in_force
from harness.netblock.inherited import check_program, cut_off
from harness.netblock.kept_functions import KeptFunctions
from harness.netblock.patches import Patches
from harness.netblock.rules import Block

_watching: list[bool] = []
_kept: Final = KeptFunctions()


def patch_kept(patches: Patches) -> None:
    """What modules have kept of these functions."""
    _kept.patch(patches, _restricted)


def patch_os(patches: Patches, module: ModuleType) -> None:
    """``os``: what starts programs without going through `subprocess`."""
    for name in ("system", "posix_spawn", "posix_spawnp"):
        patches.replace(module, name, _restricted)


def patch_fork_exec(patches: Patches, module: ModuleType) -> None:
    """``_posixsubprocess``: what multiprocessing starts programs with."""
    patches.replace(module, "fork_exec", _restricted)


def patch_subprocess(patches: Patches, module: ModuleType) -> None:
    """``subprocess``, and with it asyncio and `os.popen`."""
    patches.replace(module, "_fork_exec", _restricted)


def _restricted(real: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(real)
    def start(*args: Any, **kwargs: Any) -> Any:
        block = in_force()
        # With a preexec_fn Python's own fork hooks are run in the child.
        if block is None or any(map(callable, args)) or not block.covers_subprocesses:
            return real(*args, **kwargs)
        check_program(block, real.__name__, args, kwargs)
        return run_restricted(block, lambda: real(*args, **kwargs))

    return start


def run_restricted(block: Block, work: Callable[[], Any]) -> Any:
    """Do something in a thread whose children can connect to the open doors' ports alone; its errors are raised here.

    Raises:
        OSError: The kernel does not restrict the thread.
    """
    outcome: list[Any] = []
    errors: list[BaseException] = []
    ports = block.ports

    def run() -> None:
        try:
            restrict(ports)
            outcome.append(work())
        except BaseException as error:  # noqa: BLE001  # handed to the one who waits
            errors.append(error)

    from harness.netblock.landlock import restrict  # noqa: PLC0415  # it needs ctypes

    thread = threading.Thread(target=run, name="wiretape-start-process", daemon=True)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return outcome[0]


def watch_forks() -> None:
    """Have forks restrict themselves; asked for once, it holds for the life of the process."""
    if not _watching:
        _watching.append(True)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(before=_before_fork, after_in_child=_in_child)


_forking: Final[list[Block]] = []


def _before_fork() -> None:
    _forking.clear()
    block = in_force() if STACK else None
    if block is not None and block.covers_subprocesses:
        _forking.append(block)


def _in_child() -> None:
    cast("Any", LOCK)._at_fork_reinit()  # noqa: SLF001  # its holder may be a thread that is not here
    for block in STACK:
        block.after_fork()
    if _forking:
        from harness.netblock.landlock import restrict  # noqa: PLC0415  # it has been imported before the fork

        restrict(_forking[0].ports)
        cut_off(_forking[0])
