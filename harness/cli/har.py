"""``wiretape import`` and ``wiretape export``: a HAR file becomes a cassette, and a cassette a HAR file."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from harness.cli.console import say
from harness.cli.inputs import Learn, Redact, RedactPersonal, secrets_in
from harness.cli.left_out import tell
from harness.errors import HarnessError

_LONG = 50 * 1024 * 1024
"""Bytes from which on people want to know what they are waiting for."""

IMPORT_EPILOG = """
Examples:

  wiretape import session.har   (writes session.yaml)

  wiretape import session.har.zip -o cassettes/chat.yaml --json

  wiretape import local.har --origin http://127.0.0.1:8080

Exit codes: 0 the cassette is written; 3 it is, but without something that no cassette can say; 2 it is not: the HAR
cannot be read or has no entry of the service, or the cassette would hold a secret. docs/har.md says how to export with
all that a cassette needs.
"""

EXPORT_EPILOG = """
Examples:

  wiretape export chat.yaml --har   (writes chat.har)

  wiretape export chat.yaml --har -o - | jq .log.entries[].request.url

  wiretape export chat.yaml --har && mitmproxy --rfile chat.har

Exit codes: 0 the HAR is written; 2 it is not, for the cassette cannot be read or the file is there already.
"""


class ExistingFileError(HarnessError):
    """The file to be written is there already."""


def import_(
    har: Annotated[
        Path, typer.Argument(help="A HAR file of a browser, a proxy or Playwright; .har.zip and .zhar, too.")
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The cassette to write; by default the HAR's name with .yaml.")
    ] = None,
    origin: Annotated[
        str | None, typer.Option(help="Origin of the service; Copilot's by default.", metavar="URL")
    ] = None,
    learn: Learn = None,
    places: Redact = None,
    personal: RedactPersonal = False,
    as_json: Annotated[bool, typer.Option("--json", help="The report as JSON, on stdout.")] = False,
    force: Annotated[bool, typer.Option("--force", "-f", help="Replace a cassette that is there.")] = False,
) -> None:
    """Make a cassette of a HAR file, and report what its exporter left out.

    Only the service's own entries are taken. Tokens, cookies and session keys are replaced, as in every recording.
    """
    import json

    from harness.har.importing import import_har
    from harness.record.options import RecordingOptions

    path = output or _default_output(har)
    refuse_input(path, har)
    refuse_existing(path, force=force)
    if har.is_file() and har.stat().st_size > _LONG:
        say(f"reading {har} ({har.stat().st_size // 1024**2} MiB) twice", "dim")
    settings = RecordingOptions(secrets=secrets_in(learn), redact=tuple(places or ()), redact_personal=personal)
    imported = import_har(har, path, origin=origin, options=settings)
    if as_json:
        typer.echo(json.dumps({**imported.report.plain(), "cassette": str(path)}, indent=2))
    for number, line in enumerate(imported.report.text().splitlines()):
        say(line, "" if number else "bold")
    say(f"imported into {path}", "green")
    raise typer.Exit(tell(imported.left_out, 0))


def _default_output(har: Path) -> Path:
    """The HAR's name with .yaml, in this folder: ``session.yaml`` of ``session.har`` and of ``session.har.zip``."""
    name = har.name
    for suffix in (".zip", ".gz", ".zhar", ".har"):
        name = name[: -len(suffix)] if name.lower().endswith(suffix) and len(name) > len(suffix) else name
    return Path(f"{name}.yaml" if name != har.name or not har.suffix else har.with_suffix(".yaml").name)


def export(
    cassette: Annotated[Path, typer.Argument(help="A cassette file.")],
    _: Annotated[bool, typer.Option("--har", help="As HAR 1.2, the only format.")] = True,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="The HAR to write, - for stdout; by default the cassette's name with .har."
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", "-f", help="Replace a file that is there.")] = False,
) -> None:
    """Write a cassette as a HAR file, which DevTools, mitmproxy and many others open.

    What HAR has no words for stands in fields called _wiretape: `wiretape import` gives the same cassette back.
    """
    from harness.cassette.store import load
    from harness.har.exporting import export_har, write_har

    loaded = load(cassette)
    if output is not None and str(output) == "-":
        for piece in export_har(loaded):
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
        return
    path = output or Path(cassette.with_suffix(".har").name)
    refuse_input(path, cassette)
    refuse_existing(path, force=force)
    write_har(loaded, path)
    say(f"exported {len(loaded.exchanges)} exchanges into {path}", "green")


def refuse_input(output: Path, source: Path) -> None:
    """Keep the file that is read, whatever --force says.

    Raises:
        ExistingFileError: The output is the very file that is read, by whatever name or link.
    """
    same = output.exists() and source.exists() and output.samefile(source)
    if same or os.path.realpath(output) == os.path.realpath(source):
        raise ExistingFileError(f"{output} is the file that is read: name another one with -o")


def refuse_existing(path: Path, *, force: bool) -> None:
    """Keep files that are there.

    Raises:
        ExistingFileError: It is there, and may not be replaced; or its folder is not.
    """
    if path.exists() and not force:
        raise ExistingFileError(f"{path} is there already; --force replaces it")
    if not path.parent.is_dir():
        raise ExistingFileError(f"{path.parent} is no folder")
