"""``wiretape reproduce``: a test made from a report."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Annotated, Final

import typer

from harness.cli import options
from harness.cli.console import say
from harness.cli.help_text import command_help
from harness.printable import one_line

HELP: Final = command_help(
    "Turn a failing session into a cassette and a test.",
    examples="""
        wiretape reproduce report.har -o tests/reports
        wiretape reproduce report.har --name "empty answer" --whole
        wiretape reproduce session.yaml && pytest tests/reports
        """,
    about="""
        wiretape imports and redacts the report, cuts it to the turn that failed, plays it to our client and records
        that. Texts of the report stand in the test as literals only.

        docs/reproduce.md shows the way from report to test.
        """,
    exit_codes="0 cassette and test are written; 2 they are not",
)


def reproduce(
    report: Annotated[Path, typer.Argument(help="A HAR file, or a cassette (.yaml).")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of the test.", metavar="FOLDER")] = Path(
        "tests/reports"
    ),
    name: Annotated[
        str | None, typer.Option(help="Name of test and cassette; by default the report's.", metavar="TEXT")
    ] = None,
    origin: options.Origin = None,
    whole: Annotated[bool, typer.Option("--whole", help="Keep the turns before the one that failed.")] = False,
    force: options.Force = False,
) -> None:
    """Turn a failing session into a cassette and a test."""
    from harness.copilot.reproduce import reproduce as make

    made = make(report, output, name=name, origin=origin, whole=whole, force=force)
    say(f"the report: {one_line(made.failure or 'no failure found', 300)}")
    outcome = f"raises {made.error}: {made.said}" if made.error else f"returns: {made.said}"
    say(f"our client: {one_line(outcome, 300)}")
    turns, exchanges = made.left_out
    if turns or exchanges:
        say(f"left out: {turns} turns, {exchanges} exchanges", "dim")
    say(f"wrote {made.cassette}", "green")
    # The extra `cli` does not install pytest.
    needs = "" if importlib.util.find_spec("pytest") else " (after: pip install 'wiretape[test]')"
    say(f"wrote {made.test}: pytest {made.test}{needs}", "green")
