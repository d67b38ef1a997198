"""How much a piece of code does, in a number that no other load on the machine changes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any


def lines_run(work: Callable[[], object], below: str) -> int:
    """Call a function; returns how many lines ran in files whose path has ``below``, each turn of a loop anew."""
    count = 0

    def entered(frame: FrameType, _event: str, _argument: Any) -> Any:
        return at_line if below in frame.f_code.co_filename else None

    def at_line(_frame: FrameType, event: str, _argument: Any) -> Any:
        nonlocal count
        count += event == "line"
        return at_line

    before = sys.gettrace()
    sys.settrace(entered)
    try:
        work()
    finally:
        sys.settrace(before)
    return count
