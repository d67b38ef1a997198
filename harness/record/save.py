"""`write_into`: a take goes where a cassette may be already, and where others may write at the same time."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, TypeAlias

from harness.cassette import store
from harness.cassette.codec import Rendered
from harness.cassette.errors import CassetteDiskError, CassetteError
from harness.cassette.model import Cassette, LeftOut
from harness.cassette.store import load
from harness.profile import ServiceProfile
from harness.record.errors import LockedCassetteError, MergeError, RecordingError, UnsafeCassetteError
from harness.record.head_rules import with_rules_of
from harness.record.leaving_out import sayable
from harness.record.locks import Lock, LockTakenError
from harness.record.merge import append, renew
from harness.record.pinning import pinned
from harness.record.state_dir import lock_path, mark_path, state_directory
from harness.redact.cassettes import texts_across
from harness.redact.engine import Redactor
from harness.redact.scan import Finding

HowInto: TypeAlias = Literal["new", "append", "renew", "rewrite"]
LOCK_TIMEOUT: Final = 60.0
"""Seconds to wait for others that write the same cassette; each takes well under one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Into:
    """Where a recording goes, and what becomes of what is there.

    Attributes:
        how: ``new``: it takes the cassette's place. ``append``: it is added. ``renew``: what it asked anew is
            replaced, what is new is added, the rest stays. ``rewrite``: the first of a run takes the cassette's
            place, later ones of the same run renew it. A missing cassette is made, whatever this says.
        run: Names the run, for ``rewrite``: one text for all workers of a test session, never used again.
        path: The cassette; None for that of the recording.
        pin_date: See `harness.record.pinning.pinned`.
        free: For ``renew`` and ``rewrite``: places whose values tell no requests apart, beside those of the heads.
        timeout: Seconds to wait for the lock.
        state: Where locks and the marks of runs are kept; None for the user's state directory.
    """

    how: HowInto = "new"
    run: str = ""
    path: Path | None = None
    pin_date: bool = False
    free: tuple[str, ...] = ()
    timeout: float = LOCK_TIMEOUT
    state: Path | None = None

    def __post_init__(self) -> None:
        if self.how not in ("new", "append", "renew", "rewrite"):
            raise RecordingError(f"There is no way to write called {self.how!r}: new, append, renew or rewrite")
        if self.how == "rewrite" and not self.run:
            raise RecordingError("To rewrite a cassette takes the name of the run: later takes of it are added")


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a take.

    Attributes:
        cassette: As it is on the disk now.
        left_out: What of the take the format cannot say; the cassette lists it, beside what was left out before.
    """

    cassette: Cassette = field(repr=False)
    left_out: tuple[LeftOut, ...] = ()


def write_into(path: Path, take: Cassette, into: Into, *, redactor: Redactor, profile: ServiceProfile) -> Written:
    """Write a redacted take, alone: others that write the same cassette in the meantime wait.

    No lock lies beside the cassette; one that a killed process had is free.

    Raises:
        LockedCassetteError: The lock was not to be had in time.
        MergeError: What is there cannot be read, is of a newer format, or comes from another service.
        UnsafeCassetteError: The finished bytes hold something secret.
        harness.cassette.errors.CassetteError: The format cannot say it, or the disk says no.
        OSError: The state directory cannot be written.
        In all cases the old cassette is as it was.
    """
    # Links and different spellings of one path share a lock.
    place = Path(os.path.realpath(path))
    state = into.state or state_directory()
    with _locked(place, state, into.timeout):
        mark = mark_path(place, state)
        old = _old(place, into, replaced=_read(mark) == into.run)
        before = _readable(place) if old is None or into.pin_date else None
        cassette = with_rules_of(take, before) if old is None else _combined(place, old, take, into, profile)
        before = before if into.pin_date else None
        cassette = cassette if before is None else pinned(cassette, before, profile)
        if cassette is old or cassette is before:
            return Written(cassette)
        written = write_checked(cassette, place, redactor)
        if into.how == "rewrite":
            _write(mark, into.run)
        return Written(written, written.left_out[len(cassette.left_out) :])


def was_written_in(path: Path, run: str, state: Path | None = None) -> bool:
    """Whether the cassette was made, or made anew, by ``rewrite`` in that run; `Into` tells what the arguments are."""
    place = Path(os.path.realpath(path))
    return _read(mark_path(place, state or state_directory())) == run


def _old(place: Path, into: Into, *, replaced: bool) -> Cassette | None:
    """What is there and stays, at least in part."""
    fresh = into.how == "new" or (into.how == "rewrite" and not replaced)
    if fresh or not place.exists():
        return None
    try:
        return load(place)
    except CassetteError as error:
        problem = f"what is there cannot be read, so nothing can be added ({error})"
        raise MergeError(place, problem) from error


def _readable(place: Path) -> Cassette | None:
    try:
        return load(place) if place.exists() else None
    except CassetteError:
        return None


def _combined(place: Path, old: Cassette, take: Cassette, into: Into, profile: ServiceProfile) -> Cassette:
    try:
        return append(old, take) if into.how == "append" else renew(old, take, profile, into.free)
    except MergeError as error:
        raise MergeError(place, error.problem) from error


@contextlib.contextmanager
def _locked(place: Path, state: Path, timeout: float) -> Generator[None]:
    file = lock_path(place, state)
    try:
        lock = Lock(file, timeout=timeout)
    except LockTakenError as error:
        problem = f"another process has been writing it for {timeout:g} s ({file}); end it and record again"
        raise LockedCassetteError(place, problem) from error
    try:
        yield
    finally:
        lock.release()


def _read(mark: Path) -> str | None:
    try:
        return mark.read_text(encoding="utf-8")
    except (FileNotFoundError, UnicodeDecodeError):
        return None


def _write(mark: Path, run: str) -> None:
    mark.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Under the lock, so that nobody else has a file of that name.
    fresh = mark.with_suffix(".new")
    fresh.write_text(run, encoding="utf-8")
    fresh.replace(mark)


# ---------------------------------------------------------------- the last look
def _findings(rendered: Rendered, name: str, redactor: Redactor) -> Iterator[tuple[str, Finding]]:
    for part, content in ((name, rendered.content), *rendered.side_files.items()):
        yield from ((part, finding) for finding in redactor.scan(content))
    for number, text in texts_across(rendered.cassette, redactor.profile):
        for finding in redactor.scan(text):
            yield f"{name}, messages of exchange {number} joined", finding


def write_checked(cassette: Cassette, path: Path, redactor: Redactor) -> Cassette:
    """Write a cassette unless its finished bytes, or those of a side file, hold something secret.

    Exchanges that the format cannot say are left out, and the cassette lists them.

    Returns:
        The cassette as it can be loaded: with the names of its side files.

    Raises:
        UnsafeCassetteError: They do; nothing at ``path`` was touched.
        harness.cassette.errors.CassetteError: Nothing of it can be said, or the disk says no.
    """
    rendered = _rendered(cassette, path)
    findings = list(_findings(rendered, path.name, redactor))
    if findings:
        raise UnsafeCassetteError(path, findings)
    return store.save(rendered, path)


def _rendered(cassette: Cassette, path: Path) -> Rendered:
    try:
        return store.rendered_for(cassette, path)
    except CassetteDiskError:
        raise
    except CassetteError:
        rest = sayable(cassette)
        if rest is cassette:
            raise
        return store.rendered_for(rest, path)
