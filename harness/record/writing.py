"""The way of a finished cassette to its place: written aside, looked at, then written."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

from harness.cassette.model import Cassette
from harness.record.errors import UnsafeCassetteError
from harness.redact.engine import Redactor
from harness.redact.scan import Finding

Save: TypeAlias = Callable[[Cassette, Path], object]
"""Writes a cassette and its side files, atomically; the same bytes for the same cassette."""


def save_to_store(cassette: Cassette, path: Path) -> None:
    """Write a cassette as `harness.cassette.store` does."""
    from harness.cassette.store import save  # noqa: PLC0415  # recording needs YAML only when it writes

    save(cassette, path)


def _findings(folder: Path, redactor: Redactor) -> Iterator[tuple[str, Finding]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            name = path.relative_to(folder).as_posix()
            yield from ((name, finding) for finding in redactor.scan(path.read_bytes()))


def write_checked(cassette: Cassette, path: Path, redactor: Redactor, *, aside: Path, save: Save) -> None:
    """Write a cassette unless its finished bytes, or those of a side file, hold something secret.

    Args:
        aside: A folder that others cannot read; the bytes that are looked at are written to a new one in it.

    Raises:
        UnsafeCassetteError: They do; nothing at ``path`` was touched.
        OSError: The disk says no.
        harness.errors.HarnessError: The cassette cannot be written as it is.
    """
    with tempfile.TemporaryDirectory(prefix="check-", dir=aside) as folder:
        save(cassette, Path(folder) / path.name)
        findings = list(_findings(Path(folder), redactor))
    if findings:
        raise UnsafeCassetteError(path, findings)
    save(cassette, path)
