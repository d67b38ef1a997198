"""``wiretape redact``: placeholders for the secrets in existing cassettes and HAR files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

from harness.cli import options
from harness.cli.console import say
from harness.cli.help_text import command_help
from harness.cli.inputs import (
    MAX_HAR_BYTES,
    Inspected,
    KnownSecrets,
    NoFileError,
    inspected,
    new_redactor,
)
from harness.errors import HarnessError


class WhereToError(HarnessError):
    """The options name no place for the result, or more than one."""


class UnredactedError(HarnessError):
    """A file cannot be redacted, and is unchanged."""


HELP: Final = command_help(
    "Replace secrets in cassettes and HAR files by placeholders.",
    examples="""
        wiretape redact session.har -o shared.har
        wiretape redact --in-place cassettes/
        wiretape redact --learn ~/my-secrets.txt -i tests/
        """,
    about="""
        Within a file, the same value gets the same placeholder. Redacting a file again changes nothing.

        wiretape searches the new content before it writes a file, and writes it completely or not at all: a file with
        a secret that cannot be replaced stays unchanged. A HAR may have up to 256 MiB.
        """,
    exit_codes="0 done; 2 a file cannot be read or redacted, or the paths hold neither a cassette nor a HAR",
)


def redact(
    paths: options.Paths,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The file to write, for one input file.", metavar="FILE")
    ] = None,
    in_place: options.InPlace = False,
    learn: options.Learn = None,
    places: options.Redact = None,
    personal: options.RedactPersonal = False,
) -> None:
    """Replace secrets in existing cassettes and HAR files."""
    if (output is None) != in_place:
        raise WhereToError("give either --in-place or --output FILE")
    files = _files(paths)
    if output is not None and len(files) != 1:
        raise WhereToError(f"--output takes one cassette or HAR file; {len(files)} were found")
    known = KnownSecrets(learn, places or (), personal)
    for file in files:
        changed = (_har if file.what == "har" else _cassette)(file.path, output or file.path, known)
        say(f"{file.path}: {'redacted' if changed else 'nothing to redact'}", "green" if changed else "dim")


def _files(paths: Sequence[Path]) -> list[Inspected]:
    """The cassettes and HAR files of the paths.

    Raises:
        NoFileError: There is none, or one of the files cannot be read.
    """
    found = list(inspected(paths))
    for file in found:
        if file.problem:
            raise NoFileError(f"{file.path}: cannot be redacted: {file.problem}")
    files = [file for file in found if file.what in {"cassette", "har"}]
    if not files:
        raise NoFileError(f"neither a cassette nor a HAR file in {', '.join(map(str, paths))}: is the path right?")
    return files


def _cassette(path: Path, into: Path, known: KnownSecrets) -> bool:
    from harness.cassette.codec import render
    from harness.cassette.payloads import loaded
    from harness.cassette.store import load
    from harness.record.save import write_checked
    from harness.redact.cassettes import redact_cassette

    old = load(path)
    rendered = render(old)
    redactor = new_redactor(
        known, rendered.content, *map(loaded, rendered.side_files.values()), origin=old.recorded.origin
    )
    new = redact_cassette(redactor, old)
    if new != old or into != path:
        write_checked(new, into, redactor)
    return new != old


def _har(path: Path, into: Path, known: KnownSecrets) -> bool:
    from harness.cassette.files import Folder, read_file
    from harness.redact.errors import NoHarError, StillSecretError
    from harness.redact.har import redact_har

    old = read_file(path, MAX_HAR_BYTES)
    try:
        new = redact_har(new_redactor(known, old), old)
    except (NoHarError, StillSecretError) as error:
        raise UnredactedError(f"{path}: cannot be redacted, and was left unchanged: {error}") from error
    if new != old or into != path:
        with Folder(into.parent, may_be_link=True) as folder:
            folder.write(into.name, new)
            folder.sync()
    return new != old
