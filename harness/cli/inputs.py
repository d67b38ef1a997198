"""What commands read: the files of ``lint`` and ``redact`` by their kind, and the user's own secrets."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from harness.errors import HarnessError

if TYPE_CHECKING:
    from harness.redact.engine import Redactor

MAX_HAR_BYTES: Final = 256 * 1024 * 1024
"""Largest HAR that is read into memory as a whole."""
What: TypeAlias = Literal["cassette", "har", "side file"]
_SUFFIXES: Final = frozenset({".yaml", ".yml", ".har"})
_PASSED_OVER: Final = frozenset({"node_modules", "__pycache__"})
_HEAD: Final = 4096
_SIDE_FOLDER: Final = ".files"
_MAX_LEARN_BYTES: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class KnownSecrets:
    """Secrets that the user names, beside those that every recording replaces.

    Attributes:
        learn: The file of ``--learn``, or None.
        places: The places of ``--redact``.
        personal: Whether ``--redact-personal`` is given.
    """

    learn: Path | None = None
    places: Sequence[str] = ()
    personal: bool = False


def new_redactor(known: KnownSecrets, *contents: bytes, origin: str = "") -> Redactor:
    """A redactor that also replaces the secrets that the user names.

    Args:
        known: Those secrets.
        contents: The bytes to redact: the redactor makes no placeholder that stands in them already.
        origin: The service's, if it is known; its profile may name further places of secrets.

    Raises:
        CustomPlaceError: A place is malformed.
        WeakSecretError: A line of ``--learn`` is too short, or too plain.
        harness.cassette.errors.CassetteError: The file cannot be read, or is too large.
    """
    from harness.cli.profiles import own_profiles, profile_of
    from harness.profile import with_places
    from harness.redact.engine import Redactor
    from harness.services.choice import every_service

    profile = profile_of(origin) if origin else every_service(own_profiles())
    redactor = Redactor(with_places(profile, known.places, personal=known.personal))
    for content in contents:
        redactor.reserve(content)
    _learn(redactor, known.learn)
    return redactor


def secrets_in(learn: Path | None) -> tuple[str, ...]:
    """The secrets in the file of ``--learn``; none without a file.

    Raises:
        WeakSecretError: A line is too short, or too plain.
        harness.cassette.errors.CassetteError: The file cannot be read, or is too large.
    """
    from harness.cli.profiles import own_profiles
    from harness.redact.engine import Redactor
    from harness.services.choice import every_service

    return _learn(Redactor(every_service(own_profiles())), learn)


def _learn(redactor: Redactor, learn: Path | None) -> tuple[str, ...]:
    from harness.cassette.files import read_file
    from harness.redact.errors import WeakSecretError

    if learn is None:
        return ()
    lines = read_file(learn, _MAX_LEARN_BYTES).decode("utf-8", "surrogateescape").split("\n")
    for number, line in enumerate(lines, 1):
        if line.strip() and not redactor.learn(line.strip(), "learnt"):
            raise WeakSecretError(
                f"{learn}: line {number} is too short or too plain to be searched for as a secret: remove the line"
            )
    return tuple(line.strip() for line in lines if line.strip())


class NoFileError(HarnessError):
    """There is no such file, or no file of a kind that the command reads."""


@dataclass(frozen=True, slots=True)
class Inspected:
    """A file and its kind.

    Attributes:
        path: The file.
        what: Its kind by its first bytes; None if it is neither cassette nor HAR.
        problem: Why the kind is unknown; else empty.
    """

    path: Path
    what: What | None
    problem: str = ""


def inspected(paths: Iterable[Path]) -> Iterator[Inspected]:
    """The files of the paths. Folders are searched by suffix, hidden ones left out; named files are always included.

    Raises:
        NoFileError: There is no such path.
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
        return Inspected(path, kind_of(path), "" if path.is_file() else "not a regular file")
    except OSError as error:
        return Inspected(path, None, error.strerror or type(error).__name__)


def _within(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(each for each in folders if not each.startswith(".") and each not in _PASSED_OVER)
        yield from (Path(place, name) for name in sorted(names) if Path(name).suffix.lower() in _SUFFIXES)


def kind_of(path: Path) -> What | None:
    """The kind of a file.

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
