"""``wiretape import`` and ``wiretape export``: cassettes from HAR files, and HAR files from cassettes."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import Annotated, Final

import typer

from harness.cli import options
from harness.cli.console import say
from harness.cli.help_text import command_help
from harness.cli.inputs import secrets_in
from harness.cli.left_out import report_left_out
from harness.cli.outputs import refuse_existing, refuse_input

_LONG = 50 * 1024 * 1024
"""Size in bytes from which on the command names the file that it reads."""

IMPORT_HELP: Final = command_help(
    "Make a cassette of a HAR file or of a cassette of vcrpy, and report what the file lacks.",
    examples="""
        wiretape import session.har                       writes session.yaml
        wiretape import session.har.zip -o cassettes/chat.yaml --json
        wiretape import page.har --origin https://api.example.com
        wiretape import vcr_cassettes/users.yaml -o cassettes/users.yaml
        """,
    about="""
        From a HAR, wiretape takes the service's own entries only. From a cassette of vcrpy, pytest-recording, Betamax,
        VCR or cassetter it takes all: hosts beside the first become upstreams (docs/migrating.md). wiretape replaces
        tokens, cookies and session keys, as in every recording. docs/har.md says how to export a HAR with everything
        that a cassette needs.
        """,
    exit_codes="0 the cassette is written; 2 it is not: the file cannot be read or has no entry of the service, the "
    "cassette exists, or it would hold a secret; 3 something is missing from the cassette",
)
EXPORT_HELP: Final = command_help(
    "Write a cassette as a HAR file, for browsers' developer tools, mitmproxy and others.",
    examples="""
        wiretape export chat.yaml --har                   writes chat.har
        wiretape export chat.yaml --har -o - | jq .log.entries[].request.url
        wiretape export chat.yaml --har && mitmproxy --rfile chat.har
        """,
    about="""
        Fields named _wiretape hold what HAR cannot express: `wiretape import` makes the same cassette again.
        """,
    exit_codes="0 the HAR is written; 2 it is not: the cassette cannot be read, or the HAR exists",
)


def import_(
    har: Annotated[
        Path, typer.Argument(help="A HAR file (also .har.zip, .zhar), or a cassette of vcrpy, Betamax or cassetter.")
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="The cassette to write; by default the file's name with .yaml.", metavar="FILE"
        ),
    ] = None,
    origin: options.Origin = None,
    profile: options.Profile = None,
    learn: options.Learn = None,
    places: options.Redact = None,
    personal: options.RedactPersonal = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON, for programs.")] = False,
    force: options.Force = False,
) -> None:
    """Make a cassette of a HAR file or of a cassette of vcrpy."""
    import json

    from harness.cli.profiles import profile_for
    from harness.har.importing import import_har
    from harness.record.options import RecordingOptions

    path = output or _default_output(har)
    refuse_input(path, har)
    refuse_existing(path, force=force)
    if har.is_file() and har.stat().st_size > _LONG:
        say(f"reading {har} ({har.stat().st_size // 1024**2} MiB) twice", "dim")
    recording = RecordingOptions(secrets=secrets_in(learn), redact=tuple(places or ()), redact_personal=personal)
    choose = partial(profile_for, name=profile)
    imported = import_har(har, path, origin=origin, choose=choose, options=recording)
    if as_json:
        typer.echo(json.dumps({**imported.report.plain(), "cassette": str(path)}, indent=2))
    for number, line in enumerate(imported.report.text().splitlines()):
        say(line, "" if number else "bold")
    say(f"imported into {path}", "green")
    raise typer.Exit(report_left_out(imported.left_out, 0))


def _default_output(har: Path) -> Path:
    """The HAR's name with .yaml, in this folder: ``session.yaml`` for ``session.har`` and for ``session.har.zip``."""
    name = har.name
    for suffix in (".zip", ".gz", ".zhar", ".har"):
        name = name[: -len(suffix)] if name.lower().endswith(suffix) and len(name) > len(suffix) else name
    return Path(f"{name}.yaml" if name != har.name or not har.suffix else har.with_suffix(".yaml").name)


def export(
    cassette: options.Cassette,
    _: Annotated[bool, typer.Option("--har", help="Write HAR 1.2, the only format.")] = True,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="The HAR to write, - for stdout; by default the cassette's name with .har.",
            metavar="FILE",
        ),
    ] = None,
    force: options.Force = False,
) -> None:
    """Write a cassette as a HAR file."""
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
