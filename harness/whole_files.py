"""`write_whole` and `staged`: files that stand whole under their names, or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from harness.errors import HarnessError

_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW


class UnwrittenFileError(HarnessError):
    """A file cannot be written: the disk is full, or its folder may not be written. An existing one is unchanged."""


def write_whole(path: Path, content: bytes, *, private: bool = False) -> None:
    """Write a file, atomically: on any error an existing one stays as it was, and nothing half-written is left.

    Args:
        path: The file. A device or a pipe, such as ``/dev/stdout``, is written as it is.
        content: All of it.
        private: Whether only its owner may read it. A link of that name is replaced; otherwise it is followed.

    Raises:
        UnwrittenFileError: It cannot be written; names the file and the reason.
    """
    with _naming(path):
        if path.exists() and not path.is_file():
            path.write_bytes(content)
            return
    with staged(path, content, private=private):
        pass


@contextmanager
def staged(path: Path, content: bytes, *, private: bool = False) -> Generator[None]:
    """Write a file beside its place; it takes its name once the block has ended without an error.

    So a file that belongs to it can be written in the block, and a disk with no room for both gets neither.

    Args:
        path: A regular file, or none yet.
        content: All of it.
        private: As for `write_whole`.

    Raises:
        UnwrittenFileError: It cannot be written; names the file and the reason.
    """
    with _naming(path):
        target = path if private else Path(os.path.realpath(path))
        beside = _beside(target, content, private=private)
    try:
        yield
        with _naming(path):
            beside.replace(target)
    except BaseException:
        with suppress(OSError):
            beside.unlink()
        raise


@contextmanager
def _naming(path: Path) -> Generator[None]:
    try:
        yield
    except OSError as error:
        raise UnwrittenFileError(f"{path}: cannot be written: {error.strerror or error}") from error


def _beside(target: Path, content: bytes, *, private: bool) -> Path:
    """Write a new file in the folder of another one, with its permissions; returns its path."""
    beside = target.with_name(f".wiretape-{secrets.token_hex(8)}.tmp")
    descriptor = os.open(beside, _NEW, 0o600 if private else 0o666)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        if not private and target.exists():
            beside.chmod(target.stat().st_mode & 0o7777)
    except BaseException:
        with suppress(OSError):
            beside.unlink()
        raise
    return beside
