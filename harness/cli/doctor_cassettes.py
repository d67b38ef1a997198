"""The check of ``wiretape doctor`` of a project's cassettes: whether they load, and whether they hold a secret."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Final

from harness.cli.doctor_line import DoctorLine

MOST_FILES: Final = 200
"""Cassettes that are loaded, so that the command answers at once in a large project, too."""
MOST_BYTES: Final = 256 * 1024
"""Bytes of cassettes that are loaded in all; the rest is for ``wiretape lint``."""
_MOST_FOLDERS: Final = 1000
_CORRECT: Final = "correct the file (wiretape show names the place), or record it again"
_SUFFIXES: Final = (".yaml", ".yml")
_PASSED_OVER: Final = frozenset({"node_modules", "__pycache__", "site-packages", "venv"})


def cassette_lines(folder: Path, hide: Callable[[str], str]) -> Iterator[DoctorLine]:
    """A line for each cassette that does not load or may hold a secret, and one for all.

    Args:
        folder: The project's; hidden folders and those of packages are left out.
        hide: Redacts a text that may quote a cassette.
    """
    looked = total = 0
    is_cut = False
    for path in islice(_cassettes_below(folder), MOST_FILES + 1):
        size = path.stat().st_size
        if looked == MOST_FILES or total + size > MOST_BYTES:
            is_cut = True
            continue
        looked += 1
        total += size
        line = _look(path, hide)
        if line is not None:
            yield line
    if is_cut:
        yield DoctorLine("cassettes", "ok", f"looked at {looked}, left the others out for speed", "wiretape lint .")
    elif looked:
        yield DoctorLine("cassettes", "ok", f"looked at {looked}")
    else:
        yield DoctorLine("cassettes", "ok", "none in this folder", "to begin: wiretape init, or wiretape record --help")


def _cassettes_below(folder: Path) -> Iterator[Path]:
    from harness.cli.inputs import kind_of

    for place, folders, names in islice(os.walk(folder), _MOST_FOLDERS):
        folders[:] = sorted(each for each in folders if not each.startswith(".") and each not in _PASSED_OVER)
        for name in sorted(names):
            path = Path(place, name)
            if path.suffix.lower() in _SUFFIXES and os.access(path, os.R_OK) and kind_of(path) == "cassette":
                yield path


def _look(path: Path, hide: Callable[[str], str]) -> DoctorLine | None:
    from harness.cassette.errors import CassetteError
    from harness.cassette.files import read_file
    from harness.cassette.model import LIMITS
    from harness.cassette.store import load
    from harness.redact.engine import Redactor
    from harness.redact.lint import lint_cassette
    from harness.services.choice import every_service

    try:
        cassette = load(path)
        content = read_file(path, LIMITS.file_bytes)
    except CassetteError as error:  # without its `where`: a key may be a secret as well
        place = path if error.line is None else f"{path}:{error.line}"
        return DoctorLine("cassettes", "problem", f"{place}: {hide(error.problem)}", _CORRECT)
    except OSError as error:
        return DoctorLine("cassettes", "problem", f"{path}: {error.strerror or error}", _CORRECT)
    secrets = sum(1 for _ in lint_cassette(Redactor(every_service()), cassette, [(str(path), content)]))
    if secrets:
        found = f"{path} may hold {secrets} {'secret' if secrets == 1 else 'secrets'}"
        return DoctorLine("cassettes", "note", found, f"wiretape lint {path}, then: wiretape redact --in-place {path}")
    if cassette.left_out:
        found = f"{path} lacks {len(cassette.left_out)} of the recorded exchanges"
        return DoctorLine("cassettes", "note", found, "record it again; docs/recovery.md says what is left out")
    return None
