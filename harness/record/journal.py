"""The journal: what a recording has taken in, on disk at once, so that a killed recording loses nothing.

One line a record: checksum (CRC-32, eight hexadecimal digits), blank, JSON. The first line says what is recorded.
Records are redacted before they come here; the file is its owner's only (0600), lies in the user's state directory
(never in a repository), and is removed once the cassette is written. Appended lines are handed to the operating system
at once and synchronised to the disk within a bounded time.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import threading
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import msgspec

from harness.cassette.model import Recorded
from harness.record.errors import JournalError
from harness.record.observations import Observation

JOURNAL_VERSION: Final = 1
SYNC_INTERVAL: Final = 0.25
"""Seconds within which an appended record is on the disk; before that it survives a killed process, not a power cut."""
_JOIN_TIMEOUT: Final = 10.0
_encode = msgspec.json.Encoder().encode


class JournalHead(msgspec.Struct, frozen=True, kw_only=True):
    """A journal's first line.

    Attributes:
        cassette: Absolute path of the cassette that is being recorded.
        profile: Name of the service's profile.
        recorded: Where it comes from.
        pid: Process that records.
    """

    journal: int = JOURNAL_VERSION
    cassette: str
    profile: str
    recorded: Recorded
    pid: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalContents:
    """What a journal holds.

    Attributes:
        whole: False if reading stopped at a record that was cut or damaged; it and what follows are left out.
    """

    head: JournalHead
    records: tuple[Observation, ...] = field(repr=False)
    whole: bool


def state_directory() -> Path:
    """Where journals lie: ``$XDG_STATE_HOME/wiretape``, by default ``~/.local/state/wiretape``."""
    home = os.environ.get("XDG_STATE_HOME", "")
    return (Path(home) if Path(home).is_absolute() else Path.home() / ".local" / "state") / "wiretape"


def _line(record: object) -> bytes:
    body = _encode(record)
    return b"%08x %s\n" % (zlib.crc32(body), body)


def _create(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)


def _write(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class Journal:
    """A journal being written. Close or remove it; both may be called again.

    Args:
        head: Its first line.
        directory: Where; made if it is missing, for its owner only.
        sync_interval: See `SYNC_INTERVAL`.

    Raises:
        OSError: It cannot be created.
    """

    def __init__(
        self, head: JournalHead, directory: Path | None = None, *, sync_interval: float = SYNC_INTERVAL
    ) -> None:
        folder = state_directory() if directory is None else directory
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path = folder / f"{Path(head.cassette).stem[:60]}-{secrets.token_hex(6)}.journal"
        self._head = _line(head)
        self._interval = sync_interval
        self._lock = threading.Lock()
        self._wake = threading.Condition(self._lock)
        self._dirty = self._closing = False
        self._descriptor: int | None = _create(self.path)
        self._thread = threading.Thread(target=self._keep_synced, name="wiretape-journal", daemon=True)
        try:
            _write(self._descriptor, self._head)
            os.fsync(self._descriptor)
            _sync_directory(folder)
            self._thread.start()
        except BaseException:
            os.close(self._descriptor)
            self.path.unlink(missing_ok=True)
            raise

    def append(self, record: Observation) -> None:
        """Add one record: a killed process does not lose it from now on."""
        with self._lock:
            if self._descriptor is None:
                raise JournalError("The journal is closed")
            _write(self._descriptor, _line(record))
            self._dirty = True
            self._wake.notify_all()

    def rewrite(self, records: Iterable[Observation]) -> None:
        """Put these records in the place of all that were appended: at once, or not at all; on the disk on return."""
        fresh = self.path.with_suffix(".rewrite")
        with self._lock:
            if self._descriptor is None:
                raise JournalError("The journal is closed")
            descriptor = _create(fresh)
            try:
                _write(descriptor, self._head + b"".join(map(_line, records)))
                os.fsync(descriptor)
                fresh.replace(self.path)
            except BaseException:
                os.close(descriptor)
                fresh.unlink(missing_ok=True)
                raise
            os.close(self._descriptor)
            self._descriptor, self._dirty = descriptor, False
            _sync_directory(self.path.parent)

    def close(self) -> None:
        """Let go of the file, and keep it."""
        with self._lock:
            descriptor, self._descriptor, self._closing = self._descriptor, None, True
            self._wake.notify_all()
        if descriptor is not None:
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        self._thread.join(_JOIN_TIMEOUT)

    def remove(self) -> None:
        """Close and delete it."""
        try:
            self.close()
        finally:
            self.path.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _keep_synced(self) -> None:
        with self._lock:
            while not self._closing:
                if not self._dirty:
                    self._wake.wait(60.0)
                    continue
                self._dirty = False
                assert self._descriptor is not None
                copy = os.dup(self._descriptor)
                self._lock.release()  # whoever appends does not wait for the disk
                try:
                    with contextlib.suppress(OSError):  # close() meets a disk's error again, and raises it
                        os.fsync(copy)
                finally:
                    os.close(copy)
                    self._lock.acquire()
                self._wake.wait_for(lambda: self._closing, self._interval)


def _bodies(data: bytes) -> Iterator[bytes | None]:
    *lines, rest = data.split(b"\n")
    for line in lines:
        checksum, blank, body = line.partition(b" ")
        yield body if blank and checksum == b"%08x" % zlib.crc32(body) else None
    if rest:
        yield None


def read_journal(path: Path) -> JournalContents:
    """All of a journal up to the first record that is cut or damaged.

    Raises:
        JournalError: It is no journal, or of a newer version.
        OSError: It cannot be read.
    """
    bodies = _bodies(path.read_bytes())
    first = next(bodies, None)
    try:
        head = msgspec.json.decode(first or b"", type=JournalHead)
    except msgspec.DecodeError as error:
        raise JournalError(f"{path} is no journal of a recording, or its first line is damaged") from error
    if head.journal > JOURNAL_VERSION:
        raise JournalError(f"{path} is a journal of version {head.journal}: a newer wiretape can read it")
    decode = msgspec.json.Decoder(Observation).decode
    records: list[Observation] = []
    for body in bodies:
        try:
            records.append(decode(body or b""))
        except msgspec.DecodeError:
            return JournalContents(head=head, records=tuple(records), whole=False)
    return JournalContents(head=head, records=tuple(records), whole=True)
