"""`Activity`: a counter that shows whether traffic still passes."""

from __future__ import annotations


class Activity:
    """A counter.

    Attributes:
        changes: Grows with each event.
    """

    def __init__(self) -> None:
        self.changes = 0
