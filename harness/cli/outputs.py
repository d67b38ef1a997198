"""Checks before a command writes a file."""

from __future__ import annotations

import os
from pathlib import Path

from harness.errors import HarnessError


class ExistingFileError(HarnessError):
    """The output exists already, is an input, or has no folder."""


def refuse_input(output: Path, source: Path) -> None:
    """Raise an error if a command would overwrite its own input, which ``--force`` does not allow either.

    Raises:
        ExistingFileError: The output is the input, under this or another name or link.
    """
    same = output.exists() and source.exists() and output.samefile(source)
    if same or os.path.realpath(output) == os.path.realpath(source):
        raise ExistingFileError(f"{output} is the input file: name another output file with -o")


def refuse_existing(path: Path, *, force: bool) -> None:
    """Raise an error if a command's output cannot be written: it exists without ``--force``, or has no folder.

    Raises:
        ExistingFileError: The file exists, is a folder, or its folder does not exist.
    """
    if path.is_dir():
        raise ExistingFileError(f"{path} is a folder: name a file in it as the output")
    if path.exists() and not force:
        raise ExistingFileError(f"{path} exists already; --force replaces it")
    if not path.parent.is_dir():
        raise ExistingFileError(f"{path.parent} is not an existing folder: create it, or name another output file")
