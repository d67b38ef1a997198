"""The state directory: journals (also those of killed recorders), the locks on cassettes, the marks of test runs."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import stat
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

from harness.cassette.files import TEMPORARY_PREFIX
from harness.record.errors import JournalError, LivingRecordingError, LockedCassetteError
from harness.record.journal_format import JournalHead, head_in
from harness.record.locks import Lock, LockTakenError
from harness.user_folders import state_directory
from provider import clock

SUFFIX: Final = ".journal"
UNFINISHED: Final = ".new"
"""Suffix of a journal that is being written for the first time or again; it is renamed when it is complete."""
_FLAGS: Final = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
MARKS_AFTER: Final = 7 * 86_400.0
"""Seconds after which a test run's mark is deleted: no run lasts that long. See `SaveOptions.run`."""
STRAY_AFTER: Final = 60.0
"""Seconds after which an unfinished file without a lock counts as left by a killed process."""


def lock_path(path: Path, state: Path | None = None) -> Path:
    """The lock file for writing a cassette; links and other spellings of a path have the same one."""
    return (state or state_directory()) / "locks" / f"{_key(Path(os.path.realpath(path)))}.lock"


def mark_path(place: Path, state: Path) -> Path:
    """The file that names the run that last replaced a cassette; see `harness.record.options.SaveOptions`."""
    return state / "runs" / f"{_key(place)}.run"


def _key(place: Path) -> str:
    return hashlib.sha256(os.fsencode(place)).hexdigest()[:32]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredJournal:
    """A journal in the state directory.

    Attributes:
        head: Its first line; None if it cannot be read.
        problem: Why it cannot be read; else empty.
        size: Of the file, in bytes.
        written: When it was last written, seconds since 1970.
        living: Whether its recorder is still running.
    """

    path: Path
    head: JournalHead | None
    problem: str = ""
    size: int
    written: float
    living: bool


def journals(directory: Path | None = None) -> list[StoredJournal]:
    """All journals in a state directory (by default the user's), the oldest first.

    Raises:
        OSError: The directory cannot be read.
    """
    folder = state_directory() if directory is None else directory
    if not folder.is_dir():
        return []
    found = [_look(path) for path in folder.iterdir() if path.suffix == SUFFIX]
    return sorted((each for each in found if each is not None), key=lambda each: (each.written, each.path.name))


def orphaned_journals(cassette: Path, directory: Path | None = None) -> list[StoredJournal]:
    """The journals of one cassette whose recorders have ended."""
    place = os.path.realpath(cassette)
    return [
        each
        for each in journals(directory)
        if not each.living and each.head is not None and os.path.realpath(each.head.cassette) == place
    ]


@contextlib.contextmanager
def locked(path: Path) -> Generator[BinaryIO]:
    """Open a journal and lock it, so that no other process writes or recovers it meanwhile.

    Raises:
        LivingRecordingError: Its recorder is running, or another process is recovering it.
        JournalError: It is not a regular file.
        OSError: It cannot be opened.
    """
    with os.fdopen(os.open(path, _FLAGS), "r+b") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise JournalError(f"{path} is not a journal of a recording: it is not a regular file")
        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LivingRecordingError(
                f"{path} is in use: its recording still runs, or another process recovers it"
            ) from error
        if not _is_still(path, file.fileno()):
            raise LivingRecordingError(f"{path} was just replaced or removed by its recording: try again")
        yield file


def remove(path: Path) -> None:
    """Delete a journal that is `locked`, and the unfinished file of an interrupted rewrite."""
    path.with_suffix(UNFINISHED).unlink(missing_ok=True)
    path.unlink(missing_ok=True)


def discard(path: Path) -> None:
    """Delete a journal whose recorder has ended, whatever it holds.

    Raises:
        LivingRecordingError: The recorder is running.
        JournalError, OSError: As for `locked`.
    """
    with locked(path):
        remove(path)


def tidy(directory: Path | None = None, *, older_than: float = STRAY_AFTER) -> int:
    """Delete unfinished files of recorders that were killed while they started, and the marks of old test runs.

    Args:
        directory: The state directory; None for the user's.
        older_than: Age of an unfinished file in seconds from which on it is deleted; see `STRAY_AFTER`.

    Returns:
        Number of deleted files.
    """
    folder = state_directory() if directory is None else directory
    strays = list(folder.glob(f"*{UNFINISHED}")) if folder.is_dir() else []
    removed = _old_marks(folder)
    for path in strays:
        with contextlib.suppress(OSError, JournalError, LivingRecordingError):
            if path.with_suffix(SUFFIX).exists() or clock.time() - path.stat().st_mtime < older_than:
                continue
            with locked(path):
                path.unlink()
                removed += 1
    return removed


def _old_marks(folder: Path) -> int:
    """Delete the marks of old test runs; returns their number."""
    removed = 0
    for mark in (folder / "runs").glob("*.run"):
        with contextlib.suppress(OSError):
            if clock.time() - mark.stat().st_mtime >= MARKS_AFTER:
                mark.unlink()
                removed += 1
    return removed


def tidy_beside(cassette: Path, *, older_than: float = STRAY_AFTER) -> int:
    """Delete temporary files of processes that were killed while they wrote a cassette into that folder.

    Args:
        cassette: A cassette in the folder.
        older_than: Age in seconds from which a file counts as left behind; see `STRAY_AFTER`. Writing a cassette takes
            less.
    """
    removed = 0
    for path in cassette.parent.glob(f"{TEMPORARY_PREFIX}*.tmp"):
        with contextlib.suppress(OSError):
            if clock.time() - path.lstat().st_mtime >= older_than:
                path.unlink()
                removed += 1
    return removed


def _look(path: Path) -> StoredJournal | None:
    """Read the head and the state of the journal at a path; None if it was deleted meanwhile."""
    try:
        with os.fdopen(os.open(path, _FLAGS), "rb") as file:
            status, living = os.fstat(file.fileno()), not _is_free(file.fileno())
            head, problem = _head(file, path.name)
    except FileNotFoundError:
        return None
    except OSError as error:
        return StoredJournal(path=path, head=None, problem=error.strerror or "", size=0, written=0.0, living=False)
    size, written = status.st_size, status.st_mtime
    return StoredJournal(path=path, head=head, problem=problem, size=size, written=written, living=living)


def _head(file: BinaryIO, name: str) -> tuple[JournalHead | None, str]:
    try:
        return head_in(file, name), ""
    except JournalError as error:
        return None, str(error)


def _is_free(descriptor: int) -> bool:
    """Whether no process has locked the file. Locks it for an instant to find out."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    fcntl.flock(descriptor, fcntl.LOCK_UN)
    return True


def _is_still(path: Path, descriptor: int) -> bool:
    try:
        now = path.lstat()
    except FileNotFoundError:
        return False
    ours = os.fstat(descriptor)
    return (now.st_dev, now.st_ino) == (ours.st_dev, ours.st_ino)


# ---------------------------------------------------------------- locks
class RecordingLock:
    """A flock on a cassette, held while recording. The kernel releases it if the process dies.

    Args:
        path: The cassette; links and other spellings of its path have the same lock.
        state: The state directory; None for the user's.
        shared: Whether other recordings with a shared lock may run at the same time, as they all append.

    Raises:
        LockedCassetteError: Another recording holds the lock.
        OSError: The state directory cannot be written.
    """

    def __init__(self, path: Path, state: Path | None = None, *, shared: bool = False) -> None:
        try:
            self._lock = Lock(lock_path(path, state).with_suffix(".recording"), shared=shared)
        except LockTakenError as error:
            raise LockedCassetteError(path, _problem(error.owner, shared=shared)) from error

    def release(self) -> None:
        """Release the lock. Idempotent."""
        self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def _problem(owner: int, *, shared: bool) -> str:
    who = f" (process {owner})" if owner else ""
    other = "wait for that, or record into another file"
    advice = other if shared else f"{other}, or let both of them merge"
    return f"another recording into it is under way{who}: {advice}"
