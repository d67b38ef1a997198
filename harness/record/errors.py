"""What can go wrong while recording."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from harness.errors import HarnessError
from harness.redact.scan import Finding


class RecordingError(HarnessError):
    """Root of this package's errors."""


class UnsafeCassetteError(RecordingError):
    """The finished bytes hold something secret; the cassette was not written, an old one of that name was kept.

    Attributes:
        path: The cassette that was to be written.
        findings: Per file (the cassette's own or a side file's name) what was found; where and which kind, not what.
        journal: Where the redacted recording still is, or None.
    """

    def __init__(self, path: Path, findings: Sequence[tuple[str, Finding]], journal: Path | None = None) -> None:
        super().__init__(path, tuple(findings), journal)
        self.path = path
        self.findings = tuple(findings)
        self.journal = journal

    def __str__(self) -> str:
        shown = "; ".join(f"{name}, {finding}" for name, finding in self.findings[:10])
        more = f"; and {len(self.findings) - 10} more" if len(self.findings) > 10 else ""
        kept = "" if self.journal is None else f" The recording is kept in {self.journal}, readable by you only."
        return (
            f"{self.path} was not written: it would hold secrets ({shown}{more}). "
            f"Name their places in the service's profile, or take them out of what you pass, and record again.{kept}"
        )


class JournalError(RecordingError):
    """A file is no journal of a recording, or is damaged before its first record."""


class ObservationError(RecordingError):
    """What was observed makes no sense: an answer to no request, a message on no socket. A bug of the observer."""
