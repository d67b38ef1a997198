"""Which library a connection is made by, for errors."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Final

_KNOWN: Final = frozenset(
    ("requests", "httpx", "aiohttp", "websockets", "urllib3", "urllib", "http", "asyncio", "trio", "anyio", "uvloop")
)
"""Of those that are on the stack the outermost is named: ``requests``, not the ``urllib3`` that it calls."""


def with_library(how: str) -> str:
    """``requests, socket.connect`` when requests is on the stack, else as it was."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  # documented
    found: str | None = None
    while frame is not None:
        package = str(frame.f_globals.get("__name__", "")).partition(".")[0]
        if package in _KNOWN and not _is_loop(package, frame):
            found = package
        frame = frame.f_back
    return how if found is None else f"{found}, {how}"


def _is_loop(package: str, frame: FrameType) -> bool:
    """An event loop that runs things is beneath everything, and says nothing."""
    return package == "asyncio" and frame.f_code.co_name in (
        "_run_once",
        "_run",
        "run",
        "run_forever",
        "run_until_complete",
    )
