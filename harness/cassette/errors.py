"""What can be wrong with a cassette. Every error says where: file, line, and the path of the key.

``HarnessError`` ⊃ `CassetteError` ⊃ the rest. No text of theirs shows a header's value, a body or a message.
"""

from __future__ import annotations

from harness.errors import HarnessError
from harness.printable import one_line


class CassetteError(HarnessError):
    """A cassette cannot be read or written; nothing was changed.

    Attributes:
        problem: What is wrong, and what to do about it.
        where: Path of the place, e.g. ``exchanges[3].response.status``; empty for the file as a whole.
        line: Line of the file, from 1, where that is known.
        file: The file, where there is one.
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
        """Add the file, and the line where it was not known yet."""
        self.file = file
        self.line = self.line if self.line is not None else line
        self.args = (self.problem, self.where, self.line, self.file, *self.args[4:])


class UnreadableCassetteError(CassetteError):
    """It is no cassette: not UTF-8, not YAML, or YAML with something that cassettes do not use."""


class NewerFormatError(CassetteError):
    """It was written in a later version of the format than this program knows."""


class FieldError(CassetteError):
    """A key is missing, or its value is not what the format asks for."""


class UnknownFieldError(FieldError):
    """A key that the format does not have; the text says which one may have been meant."""


class TranscriptError(CassetteError):
    """A line of ``messages`` or ``stream`` is not in the grammar.

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
        """As the root's, with the number of the transcript's line."""
        return super().__str__() if not self.number else f"{super().__str__()} (line {self.number} of the transcript)"


class LimitError(CassetteError):
    """It is larger, longer or deeper than the limits allow."""


class SideFileError(CassetteError):
    """A file beside the cassette cannot be used."""


class MissingSideFileError(SideFileError):
    """The side file is not there."""


class ChangedSideFileError(SideFileError):
    """The side file's size or SHA-256 is not what the cassette says."""


class UnsafeSideFileError(SideFileError):
    """The side file's name is not allowed, or it is no regular file (a symbolic link, for instance)."""


class CassetteDiskError(CassetteError):
    """The disk said no; the ``OSError`` is the cause."""
