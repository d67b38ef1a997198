"""Writes the page's file."""

from __future__ import annotations

import os
from pathlib import Path


def write_page(path: Path, page: bytes) -> None:
    """Replace the file by the page, for its owner only.

    Raises:
        OSError: The file cannot be written.
    """
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(page)
