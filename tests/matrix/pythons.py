"""Finds the Pythons of this machine that the project supports."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

OLDEST = (3, 11)
_QUESTION = "import sys; print(sys.implementation.name, *sys.version_info[:3], sys.version_info.releaselevel)"


def candidates(path: str, home: Path) -> Iterator[Path]:
    """Files that may be Pythons: on the path, in /usr/bin, of pyenv, and of uv."""
    folders = [*(Path(each) for each in path.split(os.pathsep) if each), Path("/usr/bin"), Path("/usr/local/bin")]
    for folder in folders:
        yield from sorted(folder.glob("python3.[0-9]*"))
    yield from sorted(home.glob(".pyenv/versions/*/bin/python3"))
    yield from sorted(home.glob(".local/share/uv/python/*/bin/python3"))


def version_of(python: Path) -> tuple[int, int, int] | None:
    """The version of a released CPython; None for any other program, and for one that does not start."""
    try:
        run = subprocess.run([python, "-c", _QUESTION], capture_output=True, text=True, check=True, timeout=30)
        name, major, minor, micro, level = run.stdout.split()
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    return (int(major), int(minor), int(micro)) if (name, level) == ("cpython", "final") else None


def found(files: Iterable[Path]) -> dict[str, Path]:
    """The newest of each supported version ("3.12") among some files."""
    best: dict[tuple[int, int], tuple[int, Path]] = {}
    for python in files:
        version = version_of(python) if not python.name.endswith("-config") else None
        if version and version[:2] >= OLDEST and version[2] > best.get(version[:2], (-1, python))[0]:
            best[version[:2]] = (version[2], python)
    return {f"{major}.{minor}": best[major, minor][1] for major, minor in sorted(best)}
