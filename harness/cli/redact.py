"""``wiretape redact``: stand-ins in the place of secrets, in cassettes and HAR files that are there already."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harness.cli.console import say
from harness.cli.inputs import MAX_HAR_BYTES, Known, Learn, Redact, RedactPersonal, inspected, new_redactor
from harness.errors import HarnessError


class WhereToError(HarnessError):
    """It is not said where the result is to go, or it cannot go there."""


class UnredactedError(HarnessError):
    """A file cannot be redacted; it is as it was."""


def redact(
    paths: Annotated[list[Path], typer.Argument(help="Cassettes, HAR files, and folders of them.", metavar="PATH...")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Where the result of one file goes.", metavar="FILE")
    ] = None,
    in_place: Annotated[bool, typer.Option("--in-place", "-i", help="Change the files themselves.")] = False,
    learn: Learn = None,
    places: Redact = None,
    personal: RedactPersonal = False,
) -> None:
    r"""Put stand-ins in the place of secrets in cassettes and HAR files.

    The same value gets the same stand-in, within a file. A file is written at once or not at all, and only after its
    new bytes were looked through: where a secret cannot be replaced, the file stays as it was. Redacting again changes
    nothing. A HAR is read whole, up to 256 MiB.

    Exit codes: 0 done; 2 a file cannot be read, or cannot be redacted.

    \b
    Examples:
      wiretape redact session.har -o shared.har
      wiretape redact --in-place cassettes/
      wiretape redact --learn ~/my-secrets.txt -i tests/
    """
    if (output is None) != in_place:
        raise WhereToError("say either --in-place or --output FILE")
    files = [file for file in inspected(paths) if file.what in {"cassette", "har"}]
    if output is not None and len(files) != 1:
        raise WhereToError(f"--output takes one cassette or HAR file; {len(files)} were found")
    known = Known(learn, places or (), personal)
    for file in files:
        changed = (_har if file.what == "har" else _cassette)(file.path, output or file.path, known)
        say(f"{file.path}: {'redacted' if changed else 'nothing to redact'}", "green" if changed else "dim")


def _cassette(path: Path, into: Path, known: Known) -> bool:
    from harness.cassette.codec import render
    from harness.cassette.store import load
    from harness.record.save import write_checked
    from harness.redact.cassettes import redact_cassette

    old = load(path)
    rendered = render(old)
    redactor = new_redactor(known, rendered.content, *rendered.side_files.values())
    new = redact_cassette(redactor, old)
    if new != old or into != path:
        write_checked(new, into, redactor)
    return new != old


def _har(path: Path, into: Path, known: Known) -> bool:
    from harness.cassette.files import Folder, read_file
    from harness.redact.errors import NoHarError, StillSecretError
    from harness.redact.har import redact_har

    old = read_file(path, MAX_HAR_BYTES)
    try:
        new = redact_har(new_redactor(known, old), old)
    except (NoHarError, StillSecretError) as error:
        raise UnredactedError(f"{path}: {error}") from error
    if new != old or into != path:
        with Folder(into.parent, may_be_link=True) as folder:
            folder.write(into.name, new)
            folder.sync()
    return new != old
