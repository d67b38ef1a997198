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
    """Raise an error if a command's output exists and ``--force`` is not given, or if its folder is missing.

    Raises:
        ExistingFileError: The file exists, or its folder does not.
    """
    if path.exists() and not force:
        raise ExistingFileError(f"{path} exists already; --force replaces it")
    if not path.parent.is_dir():
        raise ExistingFileError(f"{path.parent} is not an existing folder: create it, or name another output file")
