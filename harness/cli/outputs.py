"""Checks before a command writes a file."""

from __future__ import annotations

import os
from pathlib import Path

from harness.errors import HarnessError


class ExistingFileError(HarnessError):
    """The output exists already, is an input, or has no folder."""


def refuse_input(output: Path, source: Path) -> None:
    """Refuse to overwrite the input, even with ``--force``.

    Raises:
        ExistingFileError: The output is the input, under this or another name or link.
    """
    same = output.exists() and source.exists() and output.samefile(source)
    if same or os.path.realpath(output) == os.path.realpath(source):
        raise ExistingFileError(f"{output} is the file that is read: name another one with -o")


def refuse_existing(path: Path, *, force: bool) -> None:
    """Refuse to replace an existing file without ``--force``.

    Raises:
        ExistingFileError: The file exists, or its folder does not.
    """
    if path.exists() and not force:
        raise ExistingFileError(f"{path} exists already; --force replaces it")
    if not path.parent.is_dir():
        raise ExistingFileError(f"{path.parent} is no folder that exists: make it, or name another file")
