"""Errors of HAR files. Each names the file and the place, and shows no value."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from harness.errors import HarnessError
from harness.printable import one_line

_MOST_LISTED = 20


class HarError(HarnessError):
    """A HAR file cannot be imported; no file was written.

    Attributes:
        problem: What is wrong, and what to do.
        where: The place, e.g. ``log.entries[3].request.url``; empty for the whole file.
        file: The file, if known.
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
        """Set the file that the error names."""
        self.file = file
        self.args = (self.problem, self.where, self.file, *self.args[3:])


class UnreadableHarError(HarError):
    """The file is not a HAR: unreadable, not JSON, truncated, or without ``log.entries``."""


def unreadable(path: Path, error: OSError) -> UnreadableHarError:
    """The error for a file that the system does not let read."""
    why = "it is a folder, not a file" if isinstance(error, IsADirectoryError) else error.strerror or str(error)
    return UnreadableHarError(f"cannot be read: {why}", file=str(path))


class HarFieldError(HarError):
    """A field is missing, or has another type than in HAR 1.2 or the exporters' custom fields."""


class HarLimitError(HarError):
    """The file exceeds the limits of reading, or its session those of a cassette."""


class OriginError(HarError):
    """No entry of the HAR is of the service.

    Attributes:
        origin: The expected origin; None if the user named none.
        found: Origin -> number of its entries.
    """

    def __init__(self, origin: str | None, found: Mapping[str, int], where: str = "", file: str | None = None) -> None:
        most = sorted(found.items(), key=lambda one: (-one[1], one[0]))
        listed = ", ".join(f"{one_line(name, 100)} ({count})" for name, count in most[:_MOST_LISTED])
        more = f" and {len(most) - _MOST_LISTED} more" if len(most) > _MOST_LISTED else ""
        there = f"it has entries of {listed}{more}: name one by --origin" if listed else "it has no entries at all"
        missing = "" if origin is None else f"no entry is of {one_line(origin)}; "
        super().__init__(f"{missing}{there}", where, file)
        self.origin = origin
        self.found = dict(found)
        self.args = (self.problem, where, file)
