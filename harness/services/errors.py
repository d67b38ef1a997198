"""`ProfileError`: a profile file cannot be used; the text names file, line and key."""

from __future__ import annotations

from harness.errors import HarnessError


class ProfileError(HarnessError):
    """A profile file cannot be used.

    Attributes:
        file: The file as the user named it.
        line: Number of the line, from 1; None if no line is known.
        key: The key, dotted; empty if no key is to blame.
        problem: What is wrong, and what to do.
    """

    def __init__(self, file: str, line: int | None, key: str, problem: str) -> None:
        super().__init__(file, line, key, problem)
        self.file = file
        self.line = line
        self.key = key
        self.problem = problem

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.key}: {self.problem}" if self.key else f"{place}: {self.problem}"


class UnknownProfileError(HarnessError):
    """No profile has the name that was given."""
