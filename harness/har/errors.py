"""What can be wrong with a HAR file. Every error names the file and the place, and shows no value of it."""

from __future__ import annotations

from collections.abc import Mapping

from harness.errors import HarnessError
from harness.printable import one_line

_MOST_LISTED = 20


class HarError(HarnessError):
    """A HAR file cannot be imported; nothing was written.

    Attributes:
        problem: What is wrong, and what to do about it.
        where: The place, e.g. ``log.entries[3].request.url``; empty for the file as a whole.
        file: The file, where there is one.
    """

    def __init__(self, problem: str, where: str = "", file: str | None = None) -> None:
        super().__init__(problem, where, file)
        self.problem = problem
        self.where = where
        self.file = file

    def __str__(self) -> str:
        """One line: ``session.har: log.entries[3].request.url: ...``."""
        file = None if self.file is None else one_line(self.file, 400)
        return ": ".join(part for part in (file, one_line(self.where), self.problem) if part)

    def found_in(self, file: str) -> None:
        """Add the file."""
        self.file = file
        self.args = (self.problem, self.where, self.file, *self.args[3:])


class UnreadableHarError(HarError):
    """It is no HAR: not to be read, no JSON, broken off, or without ``log.entries``."""


class HarFieldError(HarError):
    """A field is missing, or holds another type of value than HAR 1.2 or the exporters' custom fields have there."""


class HarLimitError(HarError):
    """It is larger or deeper than the limits allow, or what it holds is more than a cassette may."""


class OriginError(HarError):
    """No entry of the HAR is of the service.

    Attributes:
        origin: The one that was looked for.
        found: Those that are there, with how many entries each has.
    """

    def __init__(self, origin: str, found: Mapping[str, int], where: str = "", file: str | None = None) -> None:
        most = sorted(found.items(), key=lambda one: (-one[1], one[0]))
        listed = ", ".join(f"{one_line(name, 100)} ({count})" for name, count in most[:_MOST_LISTED])
        more = f" and {len(most) - _MOST_LISTED} more" if len(most) > _MOST_LISTED else ""
        there = f"; it has entries of {listed}{more}: name one by --origin" if listed else "; it has no entries at all"
        super().__init__(f"no entry is of {one_line(origin)}{there}", where, file)
        self.origin = origin
        self.found = dict(found)
        self.args = (self.problem, where, file)
