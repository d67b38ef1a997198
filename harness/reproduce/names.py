"""`safe_name`: the name of a report's files, which no text of the report can lead elsewhere."""

from __future__ import annotations

import keyword
import re
import unicodedata
from pathlib import Path
from typing import Final

from harness.reproduce.errors import ReproduceError

_MOST: Final = 60


def safe_name(text: str) -> str:
    """Any text as a name for files and functions: lower-case letters, digits, single underscores; never empty."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "_", plain)[:_MOST].strip("_")
    return f"report_{name}".strip("_") if not name or name[0].isdigit() or keyword.iskeyword(name) else name


def files_of(report: Path, folder: Path, name: str | None, *, force: bool) -> tuple[str, Path, Path]:
    """The name of a report's files, its cassette and its test.

    Args:
        report: The report.
        folder: The folder of the test; its cassette goes to ``cassettes`` there.
        name: Any text; None for the report's name.
        force: Whether to replace existing files.

    Raises:
        ReproduceError: A file exists already, or ``folder`` is a file.
    """
    if folder.exists() and not folder.is_dir():
        raise ReproduceError(f"{folder} is a file: name a folder for the test, or one that does not exist yet")
    chosen = safe_name(report.stem if name is None else name)
    cassette, test = folder / "cassettes" / f"{chosen}.yaml", folder / f"test_{chosen}.py"
    for path in (cassette, test):
        if path.exists() and not force:
            raise ReproduceError(f"{path} exists already: use --force to replace it, or --name for another name")
    return chosen, cassette, test
