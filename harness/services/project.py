"""The user's own profiles: ``wiretape.toml``, or ``[tool.wiretape]`` of pyproject.toml, in a folder or above it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from harness.profile import ServiceProfile
from harness.services.errors import ProfileError

FILE: Final = "wiretape.toml"
PYPROJECT: Final = "pyproject.toml"
_TABLE: Final = "tool.wiretape"
_LARGEST: Final = 1024 * 1024
"""Bytes of a file; far fewer may be profiles."""


def read_profile_file(path: Path) -> list[ServiceProfile]:
    """The profiles in a file.

    Raises:
        ProfileError: The file cannot be read, is too large, or holds an error.
    """
    is_pyproject = path.name == PYPROJECT
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
    except OSError as error:
        raise ProfileError(str(path), None, "", f"cannot be read: {error.strerror}") from None
    if len(content) > _LARGEST:
        raise ProfileError(
            str(path), None, "", f"the file with profiles is too large: it may have at most {_LARGEST} bytes"
        )
    if is_pyproject and b"tool.wiretape" not in content:
        return []
    from harness.services.built_in import built_in  # noqa: PLC0415  # most projects have no profiles
    from harness.services.neutral import NEUTRAL  # noqa: PLC0415  # as above
    from harness.services.profile_file import read_profiles  # noqa: PLC0415  # as above

    known = built_in()
    return read_profiles(
        content, str(path), NEUTRAL, known.get, under=_TABLE if is_pyproject else "", taken=(*known, NEUTRAL.name)
    )


def profile_file_of(folder: Path) -> Path | None:
    """The file that holds the profiles for a folder: its own, else that of the nearest folder above with one.

    The search ends at the first folder with ``wiretape.toml``, ``pyproject.toml`` or ``.git``.
    """
    for each in (folder, *folder.parents):
        for name in (FILE, PYPROJECT):
            if os.path.isfile(each / name):  # noqa: PTH113  # a folder that may not be read has no file
                return each / name
        if os.path.exists(each / ".git"):  # noqa: PTH110  # as above
            return None
    return None


def project_profiles(folder: Path) -> list[ServiceProfile]:
    """The profiles for a folder; none without a file.

    Raises:
        ProfileError: As for `read_profile_file`.
    """
    path = profile_file_of(folder.absolute())
    return [] if path is None else read_profile_file(path)
