"""`save_take`: combines a take with an existing cassette, scans the result, and writes it, under a lock."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from harness.cassette import store
from harness.cassette.codec import Rendered
from harness.cassette.errors import CassetteDiskError, CassetteError
from harness.cassette.model import Cassette, LeftOut
from harness.cassette.store import load
from harness.profile import ServiceProfile
from harness.record.errors import LockedCassetteError, MergeError, UnsafeCassetteError
from harness.record.head_rules import with_rules_of
from harness.record.leaving_out import expressible
from harness.record.locks import Lock, LockTakenError
from harness.record.merge import append, replace_matching
from harness.record.options import SaveOptions
from harness.record.pinning import pinned
from harness.record.state_dir import lock_path, mark_path
from harness.redact.cassettes import texts_across
from harness.redact.contents import content_findings
from harness.redact.engine import Redactor
from harness.redact.scan import SecretFinding
from harness.user_folders import state_directory


@dataclass(frozen=True, slots=True)
class Saved:
    """A take that was saved.

    Attributes:
        cassette: As it is on the disk now.
        left_out: Exchanges of the take that the format cannot express; the cassette lists them, too.
    """

    cassette: Cassette = field(repr=False)
    left_out: tuple[LeftOut, ...] = ()


def save_take(
    path: Path, take: Cassette, options: SaveOptions, *, redactor: Redactor, profile: ServiceProfile
) -> Saved:
    """Save a redacted take. Other processes that save to the same cassette wait meanwhile.

    The lock lies in the state directory, and the kernel releases it if its process dies.

    Raises:
        LockedCassetteError: The lock could not be acquired in time.
        MergeError: The existing cassette cannot be read, is of a newer format, or comes from another service.
        UnsafeCassetteError: The finished bytes hold a secret.
        harness.cassette.errors.CassetteError: The format cannot express the take, or writing failed.
        OSError: The state directory cannot be written.
        In all cases the existing cassette stays unchanged.
    """
    # Links and other spellings of one path share a lock.
    place = Path(os.path.realpath(path))
    state = options.state_directory or state_directory()
    with _locked(place, state, options.timeout):
        mark = mark_path(place, state)
        old = _old(place, options, is_replaced=_read(mark) == options.run)
        before = _readable(place) if old is None or options.pin_date else None
        cassette = with_rules_of(take, before) if old is None else _combined(place, old, take, options, profile)
        before = before if options.pin_date else None
        cassette = cassette if before is None else pinned(cassette, before, profile)
        if cassette is old or cassette is before:
            return Saved(cassette)
        written = write_checked(cassette, place, redactor)
        if options.mode == "replace_once":
            _write(mark, options.run)
        return Saved(written, written.left_out[len(cassette.left_out) :])


def was_replaced_in(path: Path, run: str, state: Path | None = None) -> bool:
    """Whether a recording in mode ``replace_once`` has created or replaced the cassette in that run already.

    Args:
        path: The cassette.
        run: Id of the run, for ``replace_once``; see `SaveOptions.run`.
        state: The state directory; None for the user's.
    """
    place = Path(os.path.realpath(path))
    return _read(mark_path(place, state or state_directory())) == run


def _old(place: Path, options: SaveOptions, *, is_replaced: bool) -> Cassette | None:
    """Load the existing cassette to which the recording adds; None if there is none, or the mode replaces it.

    Args:
        place: The cassette's file.
        options: The save mode.
        is_replaced: Whether this run has replaced the cassette already, in mode ``replace_once``.

    Raises:
        MergeError: The existing cassette cannot be read.
    """
    fresh = options.mode == "replace" or (options.mode == "replace_once" and not is_replaced)
    if fresh or not place.exists():
        return None
    try:
        return load(place)
    except CassetteError as error:
        problem = f"the existing cassette cannot be read, so nothing can be added to it ({error})"
        raise MergeError(place, problem) from error


def _readable(place: Path) -> Cassette | None:
    try:
        return load(place) if place.exists() else None
    except CassetteError:
        return None


def _combined(place: Path, old: Cassette, take: Cassette, options: SaveOptions, profile: ServiceProfile) -> Cassette:
    try:
        return append(old, take) if options.mode == "append" else replace_matching(old, take, profile, options.ignore)
    except MergeError as error:
        raise MergeError(place, error.problem) from error


@contextlib.contextmanager
def _locked(place: Path, state: Path, timeout: float) -> Generator[None]:
    file = lock_path(place, state)
    try:
        lock = Lock(file, timeout=timeout)
    except LockTakenError as error:
        problem = (
            f"another process has held the cassette's lock for {timeout:g} s ({file}); end that "
            "process and record again"
        )
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
    # Under the lock, so no other process uses this name.
    fresh = mark.with_suffix(".new")
    fresh.write_text(run, encoding="utf-8")
    fresh.replace(mark)


# ---------------------------------------------------------------- the last look
_SCANNED: Final = 1 << 20
"""Bytes of a cassette's YAML that are scanned together: a scan needs memory for several decoded copies of them."""
_NEXT_EXCHANGE: Final = b"\n- "
"""Only entries of the head's lists and exchanges begin a line so; everything within them is indented."""


def _findings(rendered: Rendered, name: str, redactor: Redactor) -> Iterator[tuple[str, SecretFinding]]:
    for lines_before, piece in _pieces(rendered.content):
        for finding in redactor.scan(piece):
            yield name, replace(finding, line=finding.line + lines_before)
    for part, content in rendered.side_files.items():
        yield from ((part, finding) for finding in content_findings(redactor, content))
    for number, text in texts_across(rendered.cassette, redactor.profile):
        for finding in redactor.scan(text):
            yield f"{name}, messages of exchange {number + 1} joined", finding


def _pieces(content: bytes) -> Iterator[tuple[int, bytes]]:
    """The YAML in pieces of whole exchanges, each with the number of lines before it."""
    start = lines = 0
    while start < len(content):
        cut = content.find(_NEXT_EXCHANGE, start + _SCANNED)
        end = len(content) if cut < 0 else cut + 1
        yield lines, content[start:end]
        lines += content.count(b"\n", start, end)
        start = end


def write_checked(cassette: Cassette, path: Path, redactor: Redactor) -> Cassette:
    """Write a cassette, unless its finished bytes, or those of a side file, hold a secret.

    Exchanges that the format cannot express are left out, and the cassette lists them.

    Returns:
        The cassette as it can be loaded: with the names of its side files.

    Raises:
        UnsafeCassetteError: They hold a secret; nothing at ``path`` was changed.
        harness.cassette.errors.CassetteError: The format cannot express it, or writing failed.
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
        rest = expressible(cassette)
        if rest is cassette:
            raise
        return store.rendered_for(rest, path)
