"""What can go wrong while recording."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from harness.cassette.errors import CassetteError
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
        kept = _kept(self.journal)
        return (
            f"{self.path} was not written: it would hold secrets ({shown}{more}). "
            f"Name their places in the service's profile, or take them out of what you pass, and record again.{kept}"
        )


class JournalError(RecordingError):
    """A file is no journal of a recording, or is damaged before its first record."""


class EventError(RecordingError):
    """What was observed makes no sense: an answer to no request, a message on no socket. A bug of the observer."""


def _kept(journal: Path | None) -> str:
    """Where the recording still is, and what makes a cassette of it."""
    if journal is None:
        return ""
    return f" The recording is kept in {journal}, readable by you only: wiretape recover {journal}"


class HookError(RecordingError):
    """A function that changes what is kept raised, or gave something that no cassette can say; nothing was written.

    Attributes:
        function: Its full name.
        problem: What it did.
        journal: Where the redacted recording still is, or None.
    """

    def __init__(self, function: str, problem: str, journal: Path | None = None) -> None:
        super().__init__(function, problem, journal)
        self.function = function
        self.problem = problem
        self.journal = journal

    def __str__(self) -> str:
        return f"The recording hook {self.function} failed: {self.problem}.{_kept(self.journal)}"


class MergeError(RecordingError):
    """A recording cannot be added to a cassette that is there; that one was kept.

    Attributes:
        path: The cassette; None while it is not known.
        problem: Why not, and what to do.
        journal: Where the redacted recording still is, or None.
    """

    def __init__(self, path: Path | None, problem: str, journal: Path | None = None) -> None:
        super().__init__(path, problem, journal)
        self.path = path
        self.problem = problem
        self.journal = journal

    def __str__(self) -> str:
        return f"{self.path or 'The cassette'} was not changed: {self.problem}.{_kept(self.journal)}"


class LockedCassetteError(MergeError):
    """Another recording has the cassette: it records into it now, or kept the lock for longer than this one waited."""


class LivingRecordingError(RecordingError):
    """A journal is still being written: its recorder lives."""


class EmptyJournalError(RecordingError):
    """A journal holds nothing of which a cassette could be made; it is gone."""


class RecoveryError(RecordingError):
    """A journal is not made a cassette; it stays where it is."""


@contextmanager
def naming_journal(journal: Path | None) -> Generator[None]:
    """Errors of the writing of a cassette say where its recording is kept."""
    try:
        yield
    except UnsafeCassetteError as error:
        raise UnsafeCassetteError(error.path, error.findings, journal) from None
    except HookError as error:
        raise HookError(error.function, error.problem, journal) from error.__cause__
    except MergeError as error:
        raise type(error)(error.path, error.problem, journal) from error.__cause__
    except CassetteError as error:
        error.problem += f".{_kept(journal)}" if journal is not None else ""
        error.found_in(error.file or "")
        raise
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        raise RecordingError(f"{place}{error.strerror or error}.{_kept(journal)}") from error
