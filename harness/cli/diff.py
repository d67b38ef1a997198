"""``wiretape diff``: two cassettes side by side."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.text import Text

from harness.cli import options
from harness.cli.console import say, stdout
from harness.cli.help_text import command_help
from harness.printable import one_line

if TYPE_CHECKING:
    from harness.compare.changes import Change

HELP: Final = command_help(
    "Compare two cassettes by exchange and message, down to the field.",
    examples="""
        wiretape diff cassettes/text-2026.yaml fresh.yaml
        wiretape diff --exact --json one.yaml other.yaml
        """,
    about="""
        Ids and times that differ from run to run count as equal as long as each always stands where the other does. An
        answer in other pieces is the same answer. --exact compares these, too. When and from which client a cassette
        was recorded does not count.
        """,
    exit_codes="0 equal; 1 different; 2 a cassette cannot be read",
)
_SHADES = {"added": "green", "removed": "red"}


def diff(
    one: Annotated[Path, typer.Argument(help="A cassette.", metavar="ONE")],
    other: Annotated[Path, typer.Argument(help="Another cassette.", metavar="OTHER")],
    exact: Annotated[
        bool, typer.Option("--exact", help="Compare ids, times and the division of texts into pieces, too.")
    ] = False,
    as_json: options.AsJson = False,
    width: Annotated[int, typer.Option(help="Characters of each value; 0 for all.", min=0, metavar="NUMBER")] = 160,
) -> None:
    """Compare two cassettes."""
    from dataclasses import asdict

    from harness.cassette.store import load
    from harness.cli.profiles import profile_of
    from harness.compare.diff import differences

    former, latter = load(one), load(other)
    found = differences(former, latter, profile_of(latter.recorded.origin), exact=exact)
    if as_json:
        stdout().print(json.dumps([asdict(each) for each in found], ensure_ascii=True, indent=2))
    else:
        for line in rows(found, width or 1 << 30):
            stdout().print(line)
        say(f"{len(found)} differences" if len(found) != 1 else "1 difference", "dim")
        if found:
            say(f"side by side: {shlex.join(['wiretape', 'view', str(one), str(other)])}", "dim")
    raise typer.Exit(1 if found else 0)


def rows(found: Iterable[Change], width: int) -> Iterator[Text]:
    """The differences for people; each text of a cassette on one line, with escaped control characters."""
    place: tuple[int, str, bool] | None = None
    for each in found:
        here = (each.exchange, each.label, each.kind == "added" and each.message is None)
        if here != place:
            yield Text(one_line(f"exchange {each.exchange + 1}: {each.label}", width), style="bold")
            place = here
        yield from _row(each, width)


def _row(each: Change, width: int) -> Iterator[Text]:
    if each.message is None and each.kind != "changed":
        yield Text(f"  only in the {'first' if each.kind == 'removed' else 'second'}", style=_SHADES[each.kind])
        return
    at = "" if each.message is None else f"message {each.message + 1} "
    if each.kind != "changed":
        sign, value = ("-", each.one) if each.kind == "removed" else ("+", each.other)
        yield Text(one_line(f"  {sign} {at}{each.what} {value}", width), style=_SHADES[each.kind])
        return
    yield Text(one_line(f"  {at}{each.what} {each.field}".rstrip(), width))
    yield Text(one_line(f"    - {each.one}", width), style="red")
    yield Text(one_line(f"    + {each.other}", width), style="green")
