"""`write_whole`: a file that stands whole under its name, or not at all."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
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
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(content)
        else:
            _replace(path if private else Path(os.path.realpath(path)), content, private=private)
    except OSError as error:
        raise UnwrittenFileError(f"{path}: cannot be written: {error.strerror or error}") from error


def _replace(path: Path, content: bytes, *, private: bool) -> None:
    beside = path.with_name(f".wiretape-{secrets.token_hex(8)}.tmp")
    descriptor = os.open(beside, _NEW, 0o600 if private else 0o666)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        if not private and path.exists():
            beside.chmod(path.stat().st_mode & 0o7777)
        beside.replace(path)
    except BaseException:
        with suppress(OSError):
            beside.unlink()
        raise
