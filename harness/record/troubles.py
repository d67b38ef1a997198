"""`Troubles`: tells the user of each problem of a running recording once."""

from __future__ import annotations

from collections.abc import Callable


class Troubles:
    """Passes each new problem on.

    Args:
        on_trouble: Called with the text of the problem; None to report nothing.
    """

    def __init__(self, on_trouble: Callable[[str], None] | None) -> None:
        self._on_trouble = on_trouble
        self._reported: set[str] = set()

    def report(self, problem: str) -> None:
        """Report a problem, unless the same text was reported before; the empty text is no problem."""
        if not problem or problem in self._reported:
            return
        self._reported.add(problem)
        if self._on_trouble is not None:
            self._on_trouble(problem)
