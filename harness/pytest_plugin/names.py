"""Which file a test's cassette is: readable, the same on every machine, and never outside of its folder by accident."""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from pathlib import Path
from typing import Final

SUFFIXES: Final = (".yaml", ".yml")
_LONGEST: Final = 120
"""Bytes of a file's name before its ending: file systems allow 255, and side files and temporary names add to it."""
_LONGEST_GIVEN: Final = 200
"""The same for each part of a name that was given: a file system's own limit, less what is added to it."""
_LONGEST_PATH: Final = 1000
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_UNSAFE: Final = re.compile(r"[^\w.=+,@\[\]-]+")
_RESERVED: Final = frozenset(
    {"con", "prn", "aux", "nul"} | {f"{each}{i}" for each in ("com", "lpt") for i in range(10)}
)


class CassetteNameError(ValueError):
    """A name or a folder that was given for cassettes, and that no file can have, or that leads out of its folder."""


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
    """The file of a cassette that was given a name: ``greeting``, ``chat/greeting`` or an absolute path.

    Raises:
        CassetteNameError: It is no file's name, or leads out of the folder without being absolute.
    """
    check_path(name)
    if not Path(name).name:
        raise CassetteNameError(f"the name {name!r} is no file's")
    path = folder / name
    return path if path.suffix in SUFFIXES else path.with_name(f"{path.name}.yaml")


def check_path(name: str, *, may_lead_out: bool = False) -> None:
    """Whether something that was given can be (a part of) a path.

    Args:
        name: A name, or a folder.
        may_lead_out: Whether ``..`` may stand in it.

    Raises:
        CassetteNameError: It cannot.
    """
    shown = name if len(name) <= _LONGEST_PATH // 10 else f"{name[:40]}.."
    if _CONTROL.search(name):
        raise CassetteNameError(f"the name {shown!r} has a control character")
    try:
        parts = [os.fsencode(part) for part in Path(name).parts]
    except UnicodeEncodeError as error:
        raise CassetteNameError(f"the name {shown!r} has a character that no file's name can have") from error
    if not may_lead_out and b".." in parts:
        raise CassetteNameError(f"the name {shown!r} leads out of its folder: name another one by the key `directory`")
    if max(map(len, parts), default=0) > _LONGEST_GIVEN or len(os.fsencode(name)) > _LONGEST_PATH:
        limit = f"{_LONGEST_GIVEN} bytes between slashes, {_LONGEST_PATH} in all"
        raise CassetteNameError(f"the name {shown!r} is too long: it may have {limit}")


def default_cassette(folder: Path, module: str, test_name: str) -> Path:
    """The file of a test that names none: a folder for each module, a file for each test."""
    return folder / file_name(module) / f"{file_name(test_name)}.yaml"
