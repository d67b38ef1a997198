"""`add_profile`: a further profile in the project's file, which keeps everything else as it is."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from harness.errors import HarnessError
from harness.services.built_in import built_in
from harness.services.neutral import NEUTRAL
from harness.services.profile_values import name_problem
from harness.services.project import FILE, PYPROJECT, profile_file_of, read_profile_file

_UNDER: Final = "tool.wiretape."


class ApplyError(HarnessError):
    """The profile cannot be added to the project's file."""


def checked_name(name: str) -> str:
    """Return a profile's name, if a profile of the user may have it.

    Raises:
        ApplyError: It may not.
    """
    if problem := name_problem(name):
        raise ApplyError(f"--name {name!r}: {problem}")
    if name in built_in() or name == NEUTRAL.name:
        raise ApplyError(f"--name {name}: a built-in profile has this name; take another")
    return name


def add_profile(folder: Path, text: Callable[[str], str], name: str) -> Path:
    """Append a profile to the file of profiles for a folder; without one, to a new wiretape.toml there.

    Args:
        folder: The folder.
        text: Returns the profile as TOML, given the table around it (``tool.wiretape.``, or empty).
        name: The profile's name.

    Returns:
        The file.

    Raises:
        ApplyError: The file has this profile already, or cannot be written.
        harness.services.errors.ProfileError: The file holds an error already.
    """
    path = _file_for(folder)
    has = {each.name for each in read_profile_file(path)} if path.exists() else set[str]()
    if name in has:
        raise ApplyError(f"{path}: there is a profile {name} already: merge the lines above by hand, or give --name")
    before = path.read_bytes() if path.exists() else b""
    gap = b"" if not before else b"\n" if before.endswith(b"\n") else b"\n\n"
    added = text(_UNDER if path.name == PYPROJECT else "").encode()
    _write(path, before + gap + added, name, len(has) + 1)
    return path


def _file_for(folder: Path) -> Path:
    found = profile_file_of(folder.absolute())
    if found is None or (found.name == PYPROJECT and not read_profile_file(found)):
        return folder / FILE
    return found


def _write(path: Path, content: bytes, name: str, count: int) -> None:
    """Write the file if it then holds the profile: nothing can be appended to a table that is written inline."""
    from harness.services.errors import ProfileError  # noqa: PLC0415  # near its use

    try:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".wiretape-") as beside:
            fresh = Path(beside) / path.name
            fresh.write_bytes(content)
            found = read_profile_file(fresh)
            if [each.name for each in found].count(name) != 1 or len(found) != count:
                raise ApplyError(
                    f"{path}: the profile would not be read if it were appended to this file; add the profile by hand"
                )
            if path.exists():
                fresh.chmod(path.stat().st_mode & 0o7777)
            os.replace(fresh, path.resolve())  # noqa: PTH105  # a link stays a link
    except ProfileError as error:
        raise ApplyError(
            f"{path}: the profile cannot be appended to this file: {error.problem}; add the lines above by hand"
        ) from None
    except OSError as error:
        raise ApplyError(f"{path}: cannot be written: {error.strerror}") from error
