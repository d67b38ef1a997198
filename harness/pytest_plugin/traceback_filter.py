"""Short tracebacks: an error of our client ends at the line of the test that called the client.

The client's own frames explain nothing when the wire reports the problem. ``--full-trace`` shows them.
"""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Final

_OURS: Final = ("provider.", "harness.", "fake_server.")
_HIDE: Final = "__tracebackhide__"


@contextmanager
def internals_hidden(error: BaseException, *, full: bool) -> Generator[None]:
    """Hide our own frames and the transport's error for the length of a block, in which pytest makes its report.

    Args:
        error: The test's error. Errors that are not our client's are reported as usual.
        full: Whether to hide nothing.
    """
    base: Any = getattr(sys.modules.get("provider.errors"), "CopilotError", None)
    if full or base is None or not isinstance(error, base):
        yield
        return
    hidden = [vars(module) for name, module in list(sys.modules.items()) if name.startswith(_OURS) and module]
    hidden = [names for names in hidden if _HIDE not in names]
    cause, error.__cause__ = error.__cause__, None
    suppressed, error.__suppress_context__ = error.__suppress_context__, True
    for names in hidden:
        names[_HIDE] = True
    try:
        yield
    finally:
        for names in hidden:
            names.pop(_HIDE, None)
        error.__cause__ = cause
        error.__suppress_context__ = suppressed
