"""Threads that an exempt thread starts are exempt, too."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from types import ModuleType
from typing import Any

from harness.netblock.active import EXEMPT, exempt
from harness.netblock.patches import Patches


def patch_threading(patches: Patches, module: ModuleType) -> None:
    """``threading``: the one place all threads of Python's come through (3.11 has no audit event for it)."""
    patches.replace(module.Thread, "start", _handing_down)


def _handing_down(real: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(real)
    def start(thread: Any) -> None:
        if EXEMPT and threading.current_thread() in EXEMPT:
            exempt(thread)
        real(thread)

    return start
