"""``wiretape trim``: a cassette with fewer exchanges."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from harness.cli import options
from harness.cli.console import say
from harness.cli.help_text import command_help
from harness.cli.inputs import KnownSecrets, new_redactor
from harness.cli.outputs import refuse_existing
from harness.errors import HarnessError
from harness.printable import one_line

HELP: Final = command_help(
    "Keep some exchanges of a cassette, and leave out the others.",
    examples="""
        wiretape trim chat.yaml --without '/telemetry/*' --in-place
        wiretape trim chat.yaml --only 'POST /c/api/*' --only 'socket *' -o small.yaml
        wiretape trim chat.yaml --only '#0-4' -o beginning.yaml
        """,
    about="""
        A PATTERN is a number as `wiretape show` prints it (#3, #3-7), a glob of a path (/v1/*), or of method and
        target (GET /v1/*, socket *). The remaining exchanges keep their times, placeholders and order. wiretape
        searches the new content for secrets before it writes it.
        """,
    exit_codes="0 the cassette is written; 2 it is not: it cannot be read, a pattern matches nothing, or nothing would "
    "be left",
)


class TrimError(HarnessError):
    """The options do not say what to keep, or nothing matches."""


def trim(
    cassette: options.Cassette,
    only: Annotated[
        list[str] | None, typer.Option(help="Keep matching exchanges. Repeatable.", metavar="PATTERN")
    ] = None,
    without: Annotated[
        list[str] | None, typer.Option(help="Leave out matching exchanges. Repeatable.", metavar="PATTERN")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The cassette to write.", metavar="FILE")
    ] = None,
    in_place: options.InPlace = False,
    force: options.Force = False,
    learn: options.Learn = None,
) -> None:
    """Keep some exchanges of a cassette, and leave out the others."""
    from harness.cassette.store import load
    from harness.cassette.trimming import name_of, trimmed, unmatched
    from harness.record.save import write_checked
    from harness.redact.cassettes import redact_cassette

    if not (only or without):
        raise TrimError("nothing says what to remove: give --only or --without")
    if (output is None) != in_place:
        raise TrimError("give either --in-place or --output FILE")
    if in_place and force:
        raise TrimError("--in-place needs no --force: leave out --force, which allows --output to replace a file")
    old = load(cassette)
    if wrong := unmatched(old, [*(only or ()), *(without or ())]):
        raise TrimError(f"{cassette}: no exchange matches the pattern {one_line(wrong[0])}")
    new = trimmed(old, only=only or (), without=without or ())
    if not new.exchanges:
        raise TrimError(f"{cassette}: --only and --without would leave no exchange: choose fewer")
    path = cassette if output is None else output
    if output is not None and not (output.exists() and output.samefile(cassette)):
        refuse_existing(output, force=force)
    redactor = new_redactor(KnownSecrets(learn))
    redact_cassette(redactor, new)  # teaches the redactor the secrets of this cassette
    write_checked(new, path, redactor)
    gone = len(old.exchanges) - len(new.exchanges)
    kept = set(map(id, new.exchanges))
    for each in (each for each in old.exchanges if id(each) not in kept):
        say(f"left out: {one_line(name_of(each))}", "dim")
    say(f"{len(new.exchanges)} of {len(old.exchanges)} exchanges are in {path}, {gone} left out", "green")
