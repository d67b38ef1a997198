"""``wiretape trim``: a cassette with fewer exchanges."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harness.cli.console import say
from harness.cli.har import refuse_existing
from harness.cli.inputs import Known, Learn, new_redactor
from harness.errors import HarnessError
from harness.printable import one_line

EPILOG = """
Examples:

  wiretape trim chat.yaml --without '/telemetry/*' --in-place

  wiretape trim chat.yaml --only 'POST /c/api/*' --only 'socket *' -o small.yaml

  wiretape trim chat.yaml --only '#0-4' -o beginning.yaml

Exit codes: 0 the cassette is written; 2 it is not: it cannot be read, a pattern fits nothing, or nothing would be left.
"""


class TrimError(HarnessError):
    """Nothing can be trimmed so."""


def trim(
    cassette: Annotated[Path, typer.Argument(help="A cassette file.")],
    only: Annotated[
        list[str] | None, typer.Option(help="Keep exchanges that fit; may be repeated.", metavar="PATTERN")
    ] = None,
    without: Annotated[
        list[str] | None, typer.Option(help="Leave out exchanges that fit; may be repeated.", metavar="PATTERN")
    ] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="The cassette to write.")] = None,
    in_place: Annotated[bool, typer.Option("--in-place", "-i", help="Replace the cassette itself.")] = False,
    force: Annotated[bool, typer.Option("--force", "-f", help="Replace another cassette that is there.")] = False,
    learn: Learn = None,
) -> None:
    """Keep some exchanges of a cassette, and leave out the others.

    A PATTERN is a number as `wiretape show` tells it (#3, #3-7), a glob of a path (/v1/*), or of method and target
    (GET /v1/*, socket *). What stays, stays as it is: times, placeholders and the order of exchanges. The finished
    bytes are looked through for secrets, as those of a recording.
    """
    from harness.cassette.store import load
    from harness.cassette.trimming import name_of, trimmed, unmatched
    from harness.record.save import write_checked
    from harness.redact.cassettes import redact_cassette

    if not (only or without):
        raise TrimError("say what stays by --only, or what goes by --without")
    if (output is None) != in_place:
        raise TrimError("say either --in-place or --output FILE")
    if in_place and force:
        raise TrimError("--force goes with --output: --in-place replaces the cassette anyway")
    old = load(cassette)
    if wrong := unmatched(old, [*(only or ()), *(without or ())]):
        raise TrimError(f"{cassette}: no exchange fits {one_line(wrong[0])}")
    new = trimmed(old, only=only or (), without=without or ())
    if not new.exchanges:
        raise TrimError(f"{cassette}: nothing would be left")
    path = cassette if output is None else output
    if output is not None and not (output.exists() and output.samefile(cassette)):
        refuse_existing(output, force=force)
    redactor = new_redactor(Known(learn))
    redact_cassette(redactor, new)  # so that it knows what is secret here
    write_checked(new, path, redactor)
    gone = len(old.exchanges) - len(new.exchanges)
    kept = set(map(id, new.exchanges))
    for each in (each for each in old.exchanges if id(each) not in kept):
        say(f"left out: {one_line(name_of(each))}", "dim")
    say(f"{len(new.exchanges)} of {len(old.exchanges)} exchanges are in {path}, {gone} left out", "green")
