"""``--learn FILE``: secrets that the user knows of, one a line."""

from __future__ import annotations

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


def new_redactor(learn: Path | None, *contents: bytes) -> Redactor:
    """A redactor of the service's that knows what the file says.

    Args:
        learn: The file, or None.
        contents: What is to be redacted; the stand-ins in it are given to nothing else.

    Raises:
        WeakSecretError: A line is too short, or too plain.
        harness.cassette.errors.CassetteError: The file cannot be read, or is too large.
    """
    from harness.redact.engine import Redactor
    from harness.services.copilot import COPILOT

    redactor = Redactor(COPILOT)
    for content in contents:
        redactor.reserve(content)
    _learn(redactor, learn)
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
    from harness.cassette.folder import read_file
    from harness.redact.errors import WeakSecretError

    if learn is None:
        return ()
    lines = read_file(learn, _MAX_BYTES).decode("utf-8", "surrogateescape").split("\n")
    for number, line in enumerate(lines, 1):
        if line.strip() and not redactor.learn(line.strip(), "learnt"):
            raise WeakSecretError(f"{learn}: line {number} is too short or too plain to be sought everywhere")
    return tuple(line.strip() for line in lines if line.strip())
