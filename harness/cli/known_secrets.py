"""Secrets that the user knows of: ``--learn FILE``, one a line; ``--redact PLACE``; ``--redact-personal``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias

import typer

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
