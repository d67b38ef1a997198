"""The errors of recording."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from harness.cassette.errors import CassetteError
from harness.errors import HarnessError
from harness.redact.scan import SecretFinding


class RecordingError(HarnessError):
    """Base class of this package's errors."""


@dataclass(frozen=True, slots=True)
class KeptJournal:
    """A journal that stays on the disk, as the cassette was not written.

    Attributes:
        path: Its file.
        is_whole: Whether it has all of the recording: False if the disk had no room for some.
    """

    path: Path
    is_whole: bool = True

    def __str__(self) -> str:
        command = f"wiretape recover {self.path}"
        if self.is_whole:
            return f"The recording is kept in {self.path}, readable by you only: {command}"
        return (
            f"The journal had no room either: only the beginning of the recording is kept, in {self.path}, readable by "
            f"you only. Free space on the disk, and recover that part: {command}"
        )


def _kept(journal: KeptJournal | None) -> str:
    """A sentence that names the journal, and the command that recovers it."""
    return "" if journal is None else f" {journal}"


class UnsafeCassetteError(RecordingError):
    """The finished bytes hold a secret. The cassette was not written; an existing one stays unchanged.

    Attributes:
        path: The cassette.
        findings: Name of the file (the cassette or a side file), and place and kind of each secret, not its value.
        journal: The journal with the redacted recording, or None; `KeptJournal`.
    """

    def __init__(
        self, path: Path, findings: Sequence[tuple[str, SecretFinding]], journal: KeptJournal | None = None
    ) -> None:
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
    """A file is not a journal of a recording, or is damaged before its first record."""


class EventError(RecordingError):
    """The events are contradictory, such as a response without a request. A bug of the observer."""


class HookError(RecordingError):
    """A recording hook raised, or returned something that no cassette can express. Nothing was written.

    Attributes:
        function: The hook's full name.
        problem: What happened.
        journal: The journal with the redacted recording, or None; `KeptJournal`.
    """

    def __init__(self, function: str, problem: str, journal: KeptJournal | None = None) -> None:
        super().__init__(function, problem, journal)
        self.function = function
        self.problem = problem
        self.journal = journal

    def __str__(self) -> str:
        return f"The recording hook {self.function} failed: {self.problem}.{_kept(self.journal)}"


class UnwrittenRecordingError(RecordingError):
    """The recorder had to end before it had written the cassette. The journal is kept, an existing cassette stays.

    Attributes:
        path: The cassette.
        journal: The journal with the redacted recording.
    """

    def __init__(self, path: Path, journal: KeptJournal) -> None:
        super().__init__(path, journal)
        self.path = path
        self.journal = journal

    def __str__(self) -> str:
        return f"{self.path} was not written: the recorder had to end before.{_kept(self.journal)}"


class MergeError(RecordingError):
    """A recording cannot be added to an existing cassette, which stays unchanged.

    Attributes:
        path: The cassette; None while it is unknown.
        problem: Why not, and what to do.
        journal: The journal with the redacted recording, or None; `KeptJournal`.
    """

    def __init__(self, path: Path | None, problem: str, journal: KeptJournal | None = None) -> None:
        super().__init__(path, problem, journal)
        self.path = path
        self.problem = problem
        self.journal = journal

    def __str__(self) -> str:
        return f"{self.path or 'The cassette'} was not changed: {self.problem}.{_kept(self.journal)}"


class LockedCassetteError(MergeError):
    """Another recording of the cassette holds its lock, and did not release it in time."""


class LivingRecordingError(RecordingError):
    """A journal cannot be recovered or deleted now: its recorder is running, or another process recovers it."""


class EmptyJournalError(RecordingError):
    """A journal holds no events, and was deleted."""


class RecoveryError(RecordingError):
    """A journal cannot be recovered; it stays where it is."""


@contextmanager
def naming_journal(keep: Callable[[], KeptJournal | None]) -> Generator[None]:
    """Add the journal to errors that are raised while a cassette is written.

    Args:
        keep: Keeps the journal, and tells what is kept; None if there is no journal.
    """
    try:
        yield
    except UnsafeCassetteError as error:
        raise UnsafeCassetteError(error.path, error.findings, keep()) from None
    except HookError as error:
        raise HookError(error.function, error.problem, keep()) from error.__cause__
    except MergeError as error:
        raise type(error)(error.path, error.problem, keep()) from error.__cause__
    except CassetteError as error:
        kept = _kept(keep())
        error.problem += f".{kept}" if kept else ""
        error.found_in(error.file or "")
        raise
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        raise RecordingError(f"{place}{error.strerror or error}.{_kept(keep())}") from error
