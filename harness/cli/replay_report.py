"""What ``wiretape replay`` prints about a session that has ended."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli.console import say
from harness.cli.play_rules import accepted_lines

if TYPE_CHECKING:
    from harness.cassette.model import Cassette
    from harness.replay.report import Report


def print_report(report: Report, *, verbose: bool) -> None:
    """Print what differed, and what was accepted; with ``verbose`` also the places whose values were bound."""
    for line in accepted_lines(report, verbose=verbose):
        say(line, "yellow" if line.startswith("relaxed") else "dim")
    if report.problems or report.notes:
        sys.stderr.write(report.text(color=sys.stderr.isatty()).rstrip("\n") + "\n")
    if report.ok:
        say(f"replayed {report.played} of {report.total} exchanges", "green")


def command_to_record(path: Path, loaded: Cassette, command: list[str] | None, *, proxy: bool) -> str:
    """The command that records a cassette again; empty for one that was not recorded from a URL."""
    origin = loaded.recorded.origin
    if loaded.recorded.by != "relay" or not origin.startswith(("http://", "https://")):
        return ""
    words = ["wiretape", "record", "--force", "-o", str(path), "--upstream", origin]
    for name, further in loaded.recorded.upstreams.items():
        words += ["--upstream", f"{name}={further}"]
    words += [*(["--proxy"] if proxy else []), *(["--", *command] if command else [])]
    return f"record it again: {shlex.join(words)}"
