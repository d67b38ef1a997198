"""Processes started while a block is active: the kernel restricts them to the ports of the allowed addresses.

A thread's restriction is permanent and inherited by its children. So a thread of its own starts the process and then
ends. A forked child restricts itself. Sub-interpreters have their own hooks and modules, so they run in such a thread,
too.
"""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Callable
from types import ModuleType
from typing import Any, Final, cast

from harness.netblock.active import LOCK, STACK, active_block
from harness.netblock.inherited import check_program, cut_off
from harness.netblock.kept_functions import KeptFunctions
from harness.netblock.patches import Patches
from harness.netblock.rules import Block

_watching: list[bool] = []
_kept: Final = KeptFunctions()


def patch_kept(patches: Patches) -> None:
    """Patch the references that other modules keep to functions that start programs."""
    _kept.patch(patches, _restricted)


def patch_os(patches: Patches, module: ModuleType) -> None:
    """Patch the functions of ``os`` that start programs without `subprocess`."""
    for name in ("system", "posix_spawn", "posix_spawnp"):
        patches.replace(module, name, _restricted)


def patch_fork_exec(patches: Patches, module: ModuleType) -> None:
    """Patch the function of ``_posixsubprocess`` by which multiprocessing starts programs."""
    patches.replace(module, "fork_exec", _restricted)


def patch_subprocess(patches: Patches, module: ModuleType) -> None:
    """Patch ``subprocess``, which asyncio and `os.popen` use as well."""
    patches.replace(module, "_fork_exec", _restricted)


def patch_interpreters(patches: Patches, module: ModuleType) -> None:
    """Patch the functions of ``_interpreters`` that run code (``_xxsubinterpreters`` before Python 3.13)."""
    for name in ("run_string", "run_func", "exec", "call"):
        patches.replace(module, name, _in_restricted_thread)


def _in_restricted_thread(real: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(real)
    def run(*args: Any, **kwargs: Any) -> Any:
        block = active_block()
        if block is None or not block.covers_subprocesses:
            return real(*args, **kwargs)
        return _run_restricted(block, lambda: real(*args, **kwargs))

    return run


def _restricted(real: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(real)
    def start(*args: Any, **kwargs: Any) -> Any:
        block = active_block()
        # A callable is a preexec_fn: then Python forks, and its fork hooks restrict the child (`watch_forks`).
        if block is None or any(map(callable, args)) or not block.covers_subprocesses:
            return real(*args, **kwargs)
        check_program(block, real.__name__, args, kwargs)
        return _run_restricted(block, lambda: real(*args, **kwargs))

    return start


def _run_restricted(block: Block, work: Callable[[], Any]) -> Any:
    """Call a function in a thread whose children can connect to allowed ports only, and return its result.

    Raises:
        OSError: The kernel refuses to restrict the thread.
        BaseException: Whatever the function raised.
    """
    outcome: list[Any] = []
    errors: list[BaseException] = []
    ports = block.ports

    def run() -> None:
        try:
            restrict(ports)
            outcome.append(work())
        except BaseException as error:  # noqa: BLE001  # raised in the waiting thread
            errors.append(error)

    from harness.netblock.landlock import restrict  # noqa: PLC0415  # it needs ctypes

    thread = threading.Thread(target=run, name="wiretape-start-process", daemon=True)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return outcome[0]


def watch_forks() -> None:
    """Make each forked child restrict its network as the active block demands.

    Python cannot unregister a fork hook, so this process registers it once.
    """
    if not _watching:
        _watching.append(True)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(before=_before_fork, after_in_child=_in_child)


_forking: Final[list[Block]] = []


def _before_fork() -> None:
    _forking.clear()
    block = active_block() if STACK else None
    if block is not None and block.covers_subprocesses:
        _forking.append(block)


def _in_child() -> None:
    cast("Any", LOCK)._at_fork_reinit()  # noqa: SLF001  # a thread that is not in the child may hold it
    for block in STACK:
        block.after_fork()
    if _forking:
        from harness.netblock.landlock import restrict  # noqa: PLC0415  # imported before the fork

        restrict(_forking[0].ports)
        cut_off(_forking[0])
