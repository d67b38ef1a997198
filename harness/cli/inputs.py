"""Which files ``lint`` and ``redact`` look at, and what each of them is."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal, TypeAlias

import typer

from harness.errors import HarnessError

if TYPE_CHECKING:
    from harness.redact.engine import Redactor

_MAX_BYTES: Final = 1024 * 1024
Learn: TypeAlias = Annotated[
    Path | None,
    typer.Option("--learn", help="A file of further secrets, one a line: found wherever they stand.", metavar="FILE"),
]

Redact: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--redact",
        help="A further place of secrets: query.NAME, form.NAME, header.NAME, json.a.b[*].c, message.a, path[2].",
        metavar="PLACE",
    ),
]
RedactPersonal: TypeAlias = Annotated[
    bool,
    typer.Option("--redact-personal", help="Replace telephone numbers, birth dates, names, device ids.. as well."),
]


@dataclass(frozen=True, slots=True)
class Known:
    """What the user knows of, beside what any recording replaces.

    Attributes:
        learn: The file of `Learn`, or None.
        places: Of `Redact`.
        personal: Of `RedactPersonal`.
    """

    learn: Path | None = None
    places: Sequence[str] = ()
    personal: bool = False


def new_redactor(known: Known, *contents: bytes) -> Redactor:
    """A redactor of the service's that knows what the user does.

    Args:
        known: What that is.
        contents: What is to be redacted; the stand-ins in it are given to nothing else.

    Raises:
        PlaceError: A place is not written as places are.
        WeakSecretError: A line is too short, or too plain.
        harness.cassette.errors.CassetteError: The file cannot be read, or is too large.
    """
    from harness.profile import with_places
    from harness.redact.engine import Redactor
    from harness.services.copilot import COPILOT

    redactor = Redactor(with_places(COPILOT, known.places, personal=known.personal))
    for content in contents:
        redactor.reserve(content)
    _learn(redactor, known.learn)
    return redactor


def secrets_in(learn: Path | None) -> tuple[str, ...]:
    """What the file says, for a recording; none without a file.

    Raises:
        WeakSecretError: A line is too short, or too plain.
        harness.cassette.errors.CassetteError: The file cannot be read, or is too large.
    """
    from harness.redact.engine import Redactor
    from harness.services.copilot import COPILOT

    return _learn(Redactor(COPILOT), learn)


def _learn(redactor: Redactor, learn: Path | None) -> tuple[str, ...]:
    from harness.cassette.files import read_file
    from harness.redact.errors import WeakSecretError

    if learn is None:
        return ()
    lines = read_file(learn, _MAX_BYTES).decode("utf-8", "surrogateescape").split("\n")
    for number, line in enumerate(lines, 1):
        if line.strip() and not redactor.learn(line.strip(), "learnt"):
            raise WeakSecretError(f"{learn}: line {number} is too short or too plain to be sought everywhere")
    return tuple(line.strip() for line in lines if line.strip())


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
