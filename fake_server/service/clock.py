"""The service's own time. It stands still until somebody moves it, so that equal sessions have equal dates."""

from __future__ import annotations

from datetime import datetime, timedelta


class Clock:
    """A clock that begins at a generation's first date.

    Attributes:
        passed: Seconds that have been let pass.
    """

    def __init__(self, start: datetime) -> None:
        self._start = start
        self.passed = 0

    @property
    def now(self) -> datetime:
        """The present moment."""
        return self._start + timedelta(seconds=self.passed)

    def let_pass(self, seconds: int) -> None:
        """Move on.

        Raises:
            ValueError: It would go back, or beyond the calendar's end.
        """
        if seconds < 0:
            raise ValueError("time does not go back")
        try:
            _ = self.now + timedelta(seconds=seconds, days=400)
        except OverflowError as error:
            raise ValueError("the calendar ends before that") from error
        self.passed += seconds
