"""Sub-interpreters: hooks and patches are of one interpreter, so what runs in another one is left to the kernel."""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import ModuleType
from typing import Any

from harness.netblock.active import in_force
from harness.netblock.patches import Patches
from harness.netblock.subprocesses import run_restricted


def patch_interpreters(patches: Patches, module: ModuleType) -> None:
    """``_interpreters`` (``_xxsubinterpreters`` before Python 3.13): what runs code in one."""
    for name in ("run_string", "run_func", "exec", "call"):
        patches.replace(module, name, _restricted)


def _restricted(real: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(real)
    def run(*args: Any, **kwargs: Any) -> Any:
        block = in_force()
        if block is None or not block.covers_subprocesses:
            return real(*args, **kwargs)
        return run_restricted(block, lambda: real(*args, **kwargs))

    return run
