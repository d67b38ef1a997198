"""Which files ``lint`` and ``redact`` look at, and what each of them is."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias

from harness.errors import HarnessError

MAX_HAR_BYTES: Final = 256 * 1024 * 1024
"""A HAR is taken into memory as a whole; larger ones are refused."""
What: TypeAlias = Literal["cassette", "har", "side file"]
_SUFFIXES: Final = frozenset({".yaml", ".yml", ".har"})
_PASSED_OVER: Final = frozenset({"node_modules", "__pycache__"})
_HEAD: Final = 4096
_SIDE_FOLDER: Final = ".files"


class NoFileError(HarnessError):
    """A path names nothing that is there."""


@dataclass(frozen=True, slots=True)
class Inspected:
    """A file, and what it is by its first bytes; None for one that is neither cassette nor HAR.

    Attributes:
        problem: Why that cannot be told; else empty.
    """

    path: Path
    what: What | None
    problem: str = ""


def inspected(paths: Iterable[Path]) -> Iterator[Inspected]:
    """The files of the paths: those of folders by their suffix, hidden folders left out; others whatever they are.

    Raises:
        NoFileError: A path is not there.
    """
    for path in paths:
        if path.is_dir():
            yield from map(_looked_at, _within(path))
        elif path.exists():
            yield _looked_at(path)
        else:
            raise NoFileError(f"{path}: no such file or folder")


def _looked_at(path: Path) -> Inspected:
    try:
        return Inspected(path, kind_of(path), "" if path.is_file() else "it is no regular file, or a link to none")
    except OSError as error:
        return Inspected(path, None, error.strerror or type(error).__name__)


def _within(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(each for each in folders if not each.startswith(".") and each not in _PASSED_OVER)
        yield from (Path(place, name) for name in sorted(names) if Path(name).suffix.lower() in _SUFFIXES)


def kind_of(path: Path) -> What | None:
    """What a file is.

    Raises:
        OSError: It cannot be read.
    """
    if not path.is_file():
        return None
    if path.parent.name.endswith(_SIDE_FOLDER):
        return "side file"
    with path.open("rb") as file:
        head = file.read(_HEAD).removeprefix(b"\xef\xbb\xbf").lstrip()
    if path.suffix.lower() == ".har" or (head.startswith(b"{") and b'"log"' in head):
        return "har"
    lines = (line for line in head.split(b"\n") if not line.startswith(b"#"))
    return "cassette" if any(line.startswith(b"cassette:") for line in lines) else None
