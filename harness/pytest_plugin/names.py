"""Which file a test's cassette is: readable, the same on every machine, and never outside of its folder by accident."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from pathlib import Path
from typing import Final

SUFFIXES: Final = (".yaml", ".yml")
_LONGEST: Final = 120
"""Bytes of a file's name before its ending: file systems allow 255, and side files and temporary names add to it."""
_UNSAFE: Final = re.compile(r"[^\w.=+,@\[\]-]+")
_RESERVED: Final = frozenset(
    {"con", "prn", "aux", "nul"} | {f"{each}{i}" for each in ("com", "lpt") for i in range(10)}
)


def file_name(test_name: str) -> str:
    """The name of a test as a file's name, without an ending.

    What file systems do not take becomes ``-``; then, and where it is too long, a hash keeps different tests apart.
    """
    name = unicodedata.normalize("NFC", test_name)
    safe = _UNSAFE.sub("-", name).strip(".-") or "test"
    if len(safe.encode()) > _LONGEST:
        safe = safe.encode()[:_LONGEST].decode("utf-8", "ignore")
    if safe.partition(".")[0].lower() in _RESERVED:
        safe = f"_{safe}"
    if safe == test_name:
        return safe
    return f"{safe}-{hashlib.sha256(test_name.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"


def named_cassette(folder: Path, name: str) -> Path:
    """The file of a cassette that was given a name: ``greeting``, ``chat/greeting`` or an absolute path."""
    path = folder / name
    return path if path.suffix in SUFFIXES else path.with_name(f"{path.name}.yaml")


def default_cassette(folder: Path, module: str, test_name: str) -> Path:
    """The file of a test that names none: a folder for each module, a file for each test."""
    return folder / file_name(module) / f"{file_name(test_name)}.yaml"
