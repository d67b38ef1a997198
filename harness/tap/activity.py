"""`Activity`: a counter that shows whether traffic still passes."""

from __future__ import annotations


class Activity:
    """Counts the events of a server's traffic: when the number stays the same, nothing passes.

    Attributes:
        changes: Grows with each event.
    """

    def __init__(self) -> None:
        self.changes = 0
