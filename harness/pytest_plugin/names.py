"""File names of cassettes: readable, the same on every machine, and inside the cassette folder unless absolute."""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from pathlib import Path
from typing import Final

SUFFIXES: Final = (".yaml", ".yml")
_LONGEST: Final = 120
"""Bytes of a generated file name before its suffix. File systems allow 255; side and temporary files add to it."""
_LONGEST_GIVEN: Final = 200
"""Bytes of each part of a user's name: the file system's limit, less what side files and temporary files add."""
_LONGEST_PATH: Final = 1000
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_UNSAFE: Final = re.compile(r"[^\w.=+,@\[\]-]+")
_RESERVED: Final = frozenset(
    {"con", "prn", "aux", "nul"} | {f"{each}{i}" for each in ("com", "lpt") for i in range(10)}
)


class CassetteNameError(ValueError):
    """A cassette name or folder that is no valid path, or that leads out of the cassette folder."""


def file_name(test_name: str) -> str:
    """Turn a test's name into a file name without a suffix.

    Characters that some file system rejects become ``-``. A changed or shortened name gets a hash, so that two tests
    never share a file.
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
    """Return the file of a cassette with a user's name: ``greeting``, ``chat/greeting`` or an absolute path.

    Raises:
        CassetteNameError: The name is no valid path, or a relative name leads out of the folder.
    """
    check_path(name)
    if not Path(name).name:
        raise CassetteNameError(
            f"the cassette's name {name!r} does not end in the name of a file: expected a name such as 'chat/greeting'"
        )
    path = folder / name
    return path if path.suffix in SUFFIXES else path.with_name(f"{path.name}.yaml")


def check_path(name: str, *, may_lead_out: bool = False) -> None:
    """Check that a user's name or folder is a valid path.

    Args:
        name: The name or folder.
        may_lead_out: Whether ``..`` is allowed.

    Raises:
        CassetteNameError: The path has a character that file names cannot hold, leads out, or is too long.
    """
    shown = name if len(name) <= _LONGEST_PATH // 10 else f"{name[:40]}.."
    if _CONTROL.search(name):
        raise CassetteNameError(f"the cassette's name {shown!r} has a control character")
    try:
        parts = [os.fsencode(part) for part in Path(name).parts]
    except UnicodeEncodeError as error:
        raise CassetteNameError(f"the cassette's name {shown!r} has a character that file names cannot hold") from error
    if not may_lead_out and b".." in parts:
        raise CassetteNameError(
            f"the cassette's name {shown!r} leads out of the cassettes' folder: the key `directory` sets another folder"
        )
    if max(map(len, parts), default=0) > _LONGEST_GIVEN or len(os.fsencode(name)) > _LONGEST_PATH:
        limit = f"{_LONGEST_GIVEN} bytes between slashes, {_LONGEST_PATH} in all"
        raise CassetteNameError(f"the cassette's name {shown!r} is too long: at most {limit}")


def default_cassette(folder: Path, module: str, test_name: str) -> Path:
    """Return the file of a test without a cassette name: one folder a module, one file a test."""
    return folder / file_name(module) / f"{file_name(test_name)}.yaml"
