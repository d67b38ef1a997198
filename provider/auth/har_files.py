"""Where HAR files are looked for."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from provider.auth.folders import config_folder

HAR_VARIABLE: Final = "COPILOT_HAR"
FOLDER: Final = "har_and_cookies"
_SUFFIX: Final = ".har"


def har_places() -> list[Path]:
    """The files and folders that are looked at: what ``COPILOT_HAR`` names, the working folder's, the user's."""
    named = os.environ.get(HAR_VARIABLE)
    places = [Path(named).expanduser()] if named else []
    return [*places, Path(FOLDER), config_folder() / FOLDER]


def find_har_files() -> list[Path]:
    """The HAR files of these places, newest first; files that vanish meanwhile are left out."""
    files: set[Path] = set()
    for place in har_places():
        if place.is_file():
            files.add(place)
        elif place.is_dir():
            files.update(path for path in place.rglob(f"*{_SUFFIX}") if path.is_file())
    dated = [(-date, str(path), path) for path in files if (date := _modified(path)) is not None]
    return [path for _, _, path in sorted(dated)]


def _modified(path: Path) -> int | None:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return None
