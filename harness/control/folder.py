"""`CassetteFolder`: the cassettes that clients of the control service may name."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from harness.control.errors import ControlError

_LONGEST: Final = 400
_PART: Final = re.compile(r"[^\x00-\x1f\x7f/\\:]{1,200}")
_SUFFIXES: Final = (".yaml", ".yml")


class CassetteFolder:
    """A folder, and the cassettes below it.

    Args:
        path: The folder.

    Raises:
        ControlError: It is not a directory.
    """

    def __init__(self, path: Path) -> None:
        self._path = path.resolve()
        if not self._path.is_dir():
            raise ControlError(404, "no-folder", f"{path} is not a folder: give the folder that holds the cassettes")

    def cassette(self, name: str) -> Path:
        """The file of a cassette, which need not exist.

        Args:
            name: Relative to the folder, with ``/`` between its parts; ``.yaml`` may be left out.

        Raises:
            ControlError: The name leads out of the folder, or by a symbolic link.
        """
        parts = name.split("/")
        if len(name) > _LONGEST or not all(_PART.fullmatch(part) and not part.startswith(".") for part in parts):
            raise ControlError(
                400, "bad-name", "cassette: expected a relative path below the folder, without '..' and hidden files"
            )
        if not name.endswith(_SUFFIXES):
            parts[-1] += _SUFFIXES[0]
        path = self._path.joinpath(*parts)
        try:
            found = path.resolve()
        except (OSError, RuntimeError, ValueError) as error:
            raise ControlError(
                400, "bad-name", f"cassette: the path has a loop of links, or is not Unicode ({type(error).__name__})"
            ) from error
        if found != path:
            raise ControlError(400, "bad-name", "cassette: a part of the path is a symbolic link: name the file itself")
        return path
