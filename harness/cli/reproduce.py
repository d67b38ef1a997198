"""``wiretape reproduce``: a report becomes a test."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Annotated

import typer

from harness.cli.console import say
from harness.printable import one_line

EPILOG = """
Examples:

  wiretape reproduce report.har -o tests/reports

  wiretape reproduce report.har --name "empty answer" --whole

  wiretape reproduce session.yaml && pytest tests/reports

Exit codes: 0 cassette and test are written; 2 they are not. docs/reproduce.md shows the way from report to test.
"""


def reproduce(
    report: Annotated[Path, typer.Argument(help="A HAR file, or a cassette (.yaml).")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of the test.")] = Path("tests/reports"),
    name: Annotated[str | None, typer.Option(help="Name of test and cassette; by default the report's.")] = None,
    origin: Annotated[
        str | None, typer.Option(help="Origin of the service in the HAR; Copilot's by default.", metavar="URL")
    ] = None,
    whole: Annotated[bool, typer.Option("--whole", help="Keep the turns before the one that failed.")] = False,
    force: Annotated[bool, typer.Option("--force", "-f", help="Replace files that are there.")] = False,
) -> None:
    """Make a failing session of somebody into a cassette and a ready test.

    The report is imported and redacted, cut to the turn that failed, told to our client, and played to it again.
    Nothing of the report comes into the test but as a literal.
    """
    from harness.copilot.reproduce import reproduce as make

    made = make(report, output, name=name, origin=origin, whole=whole, force=force)
    say(f"the report: {one_line(made.failure or 'nothing seems to be wrong with it', 300)}")
    said = f"raises {made.error}: {made.said}" if made.error else f"answers: {made.said}"
    say(f"our client: {one_line(said, 300)}")
    turns, exchanges = made.left_out
    if turns or exchanges:
        say(f"left out: {turns} turns, {exchanges} exchanges", "dim")
    say(f"wrote {made.cassette}", "green")
    # The extra [cli] brings no pytest.
    needs = "" if importlib.util.find_spec("pytest") else " (after: pip install 'wiretape[test]')"
    say(f"wrote {made.test}: pytest {made.test}{needs}", "green")
