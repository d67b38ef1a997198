"""``wiretape export``: a cassette becomes a HAR file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from harness.cli.console import say
from harness.cli.importing import refuse_existing, refuse_input

EPILOG = """
Examples:

  wiretape export chat.yaml --har   (writes chat.har)

  wiretape export chat.yaml --har -o - | jq .log.entries[].request.url

  wiretape export chat.yaml --har && mitmproxy --rfile chat.har

Exit codes: 0 the HAR is written; 2 it is not, for the cassette cannot be read or the file is there already.
"""


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
