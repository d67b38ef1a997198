"""The errors of cassettes. Every error says where: file, line, and the path of the key.

``HarnessError`` ⊃ `CassetteError` ⊃ the rest. No text shows a header's value, a body or a message.
"""

from __future__ import annotations

from harness.errors import HarnessError
from harness.printable import one_line


class CassetteError(HarnessError):
    """A cassette cannot be read or written; nothing was changed.

    Attributes:
        problem: What is wrong, and what to do about it.
        where: Path of the place, e.g. ``exchanges[3].response.status``; empty for the file as a whole.
        line: Line of the file, from 1; None if it is unknown.
        file: Path of the file; None if there is none.
    """

    def __init__(self, problem: str, where: str = "", line: int | None = None, file: str | None = None) -> None:
        super().__init__(problem, where, line, file)
        self.problem = problem
        self.where = where
        self.line = line
        self.file = file

    def __str__(self) -> str:
        """One line: ``chat.yaml:12: exchanges[3].response.status: ...``."""
        file = None if self.file is None else one_line(self.file, 400)
        place = file if self.line is None else f"{file or 'line'}:{self.line}"
        return ": ".join(part for part in (place, one_line(self.where), self.problem) if part)

    def found_in(self, file: str, line: int | None = None) -> None:
        """Add the file, and the line unless it is known already."""
        self.file = file
        self.line = self.line if self.line is not None else line
        self.args = (self.problem, self.where, self.line, self.file, *self.args[4:])


class UnreadableCassetteError(CassetteError):
    """The file is not a cassette: not UTF-8, not YAML, or YAML with features that cassettes do not use."""


class NewerFormatError(CassetteError):
    """The file has a later version of the format than this program knows."""


class FieldError(CassetteError):
    """A key is missing, or its value is not what the format requires."""


class UnknownFieldError(FieldError):
    """An unknown key; the text names a similar one, if there is one."""


class TranscriptError(CassetteError):
    """A line of ``messages`` or ``stream`` breaks the grammar of transcripts.

    Attributes:
        number: Line of the transcript, from 1; 0 for the transcript as a whole.
    """

    def __init__(
        self, problem: str, where: str = "", line: int | None = None, file: str | None = None, number: int = 0
    ) -> None:
        super().__init__(problem, where, line, file)
        self.number = number
        self.args = (problem, where, line, file, number)

    def __str__(self) -> str:
        """As for `CassetteError`, with the number of the transcript's line."""
        return super().__str__() if not self.number else f"{super().__str__()} (line {self.number} of the transcript)"


class LimitError(CassetteError):
    """The cassette exceeds a limit of size, length or depth."""


class SideFileError(CassetteError):
    """A file beside the cassette cannot be used."""


class MissingSideFileError(SideFileError):
    """The side file is missing."""


class ChangedSideFileError(SideFileError):
    """The side file's size or SHA-256 differs from the cassette's."""


class UnsafeSideFileError(SideFileError):
    """The side file's name is not allowed, or it is not a regular file (a symbolic link, for instance)."""


class CassetteDiskError(CassetteError):
    """Reading or writing failed; the ``OSError`` is the cause."""


def too_deep(depth: int) -> str:
    """What is wrong with data that is nested deeper than so many levels."""
    return f"nested deeper than {depth} levels: write the inner part as a text"
