"""Journals that lie about: whose recorder was killed, or could not write its cassette."""

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
from provider import clock

SUFFIX: Final = ".journal"
UNFINISHED: Final = ".new"
"""The suffix of a journal that is being made, or made anew; it takes the other name when it is whole."""
_FLAGS: Final = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
MARKS_AFTER: Final = 7 * 86_400.0
"""Seconds after which no test run goes on that has left a mark; see `harness.record.save.SaveOptions`."""
STRAY_AFTER: Final = 60.0
"""Seconds after which an unfinished file that nobody has locked belongs to nobody."""


def state_directory() -> Path:
    """Where journals lie: ``$XDG_STATE_HOME/wiretape``, by default ``~/.local/state/wiretape``."""
    home = os.environ.get("XDG_STATE_HOME", "")
    return (Path(home) if Path(home).is_absolute() else Path.home() / ".local" / "state") / "wiretape"


def lock_path(path: Path, state: Path | None = None) -> Path:
    """The lock of whoever writes a cassette: in the state directory, the same for all spellings of a path."""
    return (state or state_directory()) / "locks" / f"{_key(Path(os.path.realpath(path)))}.lock"


def mark_path(place: Path, state: Path) -> Path:
    """The mark of the run that last replaced a cassette; see `harness.record.save.SaveOptions`."""
    return state / "runs" / f"{_key(place)}.run"


def _key(place: Path) -> str:
    return hashlib.sha256(os.fsencode(place)).hexdigest()[:32]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredJournal:
    """A journal in the state directory.

    Attributes:
        head: What was recorded; None if that cannot be read.
        problem: Why not; else empty.
        size: Bytes.
        written: When it was last written to, seconds since 1970.
        living: Whether its recorder lives; then it is not left over yet.
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
        OSError: It cannot be read.
    """
    folder = state_directory() if directory is None else directory
    if not folder.is_dir():
        return []
    found = [_look(path) for path in folder.iterdir() if path.suffix == SUFFIX]
    return sorted((each for each in found if each is not None), key=lambda each: (each.written, each.path.name))


def orphaned_journals(cassette: Path, directory: Path | None = None) -> list[StoredJournal]:
    """The journals of one cassette whose recorders are gone."""
    place = os.path.realpath(cassette)
    return [
        each
        for each in journals(directory)
        if not each.living and each.head is not None and os.path.realpath(each.head.cassette) == place
    ]


@contextlib.contextmanager
def held(path: Path) -> Generator[BinaryIO]:
    """An open journal that nobody writes, and nobody else recovers meanwhile.

    Raises:
        LivingRecordingError: Its recorder lives, or somebody is recovering it.
        JournalError: It is no regular file.
        OSError: It cannot be opened.
    """
    with os.fdopen(os.open(path, _FLAGS), "r+b") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise JournalError(f"{path} is no journal of a recording: it is no regular file")
        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LivingRecordingError(f"{path} is in use: its recording is still under way") from error
        if not _is_still(path, file.fileno()):
            raise LivingRecordingError(f"{path} was just replaced or removed by its recording: try again")
        yield file


def remove(path: Path) -> None:
    """Delete a journal that is `held`, and what an interrupted rewriting of it left."""
    path.with_suffix(UNFINISHED).unlink(missing_ok=True)
    path.unlink(missing_ok=True)


def discard(path: Path) -> None:
    """Delete a journal whose recorder is gone, whatever it holds.

    Raises:
        LivingRecordingError: It is not gone.
        JournalError, OSError: As for `held`.
    """
    with held(path):
        remove(path)


def tidy(directory: Path | None = None, *, older_than: float = STRAY_AFTER) -> int:
    """Delete unfinished files that recorders left when they were killed as they began, and marks of runs long ended.

    Returns:
        How many there were.

    Args:
        older_than: See `STRAY_AFTER`.
    """
    folder = state_directory() if directory is None else directory
    strays = list(folder.glob(f"*{UNFINISHED}")) if folder.is_dir() else []
    removed = _old_marks(folder)
    for path in strays:
        with contextlib.suppress(OSError, JournalError, LivingRecordingError):
            if path.with_suffix(SUFFIX).exists() or clock.time() - path.stat().st_mtime < older_than:
                continue
            with held(path):
                path.unlink()
                removed += 1
    return removed


def _old_marks(folder: Path) -> int:
    """Delete the marks of test runs that have long ended; how many."""
    removed = 0
    for mark in (folder / "runs").glob("*.run"):
        with contextlib.suppress(OSError):
            if clock.time() - mark.stat().st_mtime >= MARKS_AFTER:
                mark.unlink()
                removed += 1
    return removed


def tidy_beside(cassette: Path, *, older_than: float = STRAY_AFTER) -> int:
    """Delete the temporary files that a process left when it was killed as it wrote a cassette into that folder.

    Args:
        older_than: See `STRAY_AFTER`; writing one takes less.
    """
    removed = 0
    for path in cassette.parent.glob(f"{TEMPORARY_PREFIX}*.tmp"):
        with contextlib.suppress(OSError):
            if clock.time() - path.lstat().st_mtime >= older_than:
                path.unlink()
                removed += 1
    return removed


def _look(path: Path) -> StoredJournal | None:
    """None if it is gone meanwhile, or nobody's journal."""
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
    """Whether nobody has it locked; for the blink of an eye we have."""
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
    """Held for as long as a recording takes; it ends with the process, however that ends.

    Args:
        path: The cassette. Links and other spellings of its path are the same one.
        state: Where locks are kept; None for the user's state directory.
        shared: Others that share may record at the same time, as what they record is added; nobody else.

    Raises:
        LockedCassetteError: Somebody else records into it.
        OSError: The state directory cannot be written.
    """

    def __init__(self, path: Path, state: Path | None = None, *, shared: bool = False) -> None:
        try:
            self._lock = Lock(lock_path(path, state).with_suffix(".recording"), shared=shared)
        except LockTakenError as error:
            raise LockedCassetteError(path, _problem(error.owner, shared=shared)) from error

    def release(self) -> None:
        """Let others record; may be called again."""
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
