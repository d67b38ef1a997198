"""``wiretape doctor``: what works here, what does not, and what to do."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer
from rich.text import Text

from harness.cli import options
from harness.cli.console import say, stdout
from harness.cli.help_text import command_help
from harness.printable import one_line

if TYPE_CHECKING:
    from harness.cli.doctor_line import DoctorLine

HELP: Final = command_help(
    "Check this machine and this project, and say what to do.",
    examples="""
        wiretape doctor
        wiretape doctor --json | jq '.checks[] | select(.level != "ok")'
        """,
    about="""
        doctor looks at Python, curl_cffi, the extras, the browser, the store of sign-ins, the network block, the state
        directory, permissions, journals of cut-off recordings, and this folder's profiles and cassettes. It starts no
        browser, opens no connection, changes nothing, and shows no secret.

        Each line begins with `ok`, `note` (works, but look at it) or `problem` (does not work).
        """,
    exit_codes="0 no problem; 1 something does not work",
)
_STYLES: Final = {"ok": "green", "note": "yellow", "problem": "bold red"}
_LONGEST: Final = 500


def doctor(as_json: options.AsJson = False) -> None:
    """Check this machine and this project."""
    from harness.cli.doctor_machine import machine_lines
    from harness.cli.doctor_project import project_lines

    found = [*machine_lines(), *project_lines(Path.cwd())]
    problems = sum(each.level == "problem" for each in found)
    if as_json:
        typer.echo(json.dumps({"problems": problems, "checks": [asdict(each) for each in found]}, indent=1))
        raise typer.Exit(1 if problems else 0)
    console = stdout()
    for each in found:
        console.print(_row(each))
    notes = sum(each.level == "note" for each in found)
    summary = f"{problems} problem{'' if problems == 1 else 's'}, {notes} note{'' if notes == 1 else 's'}"
    say(summary, "red" if problems else "green")
    raise typer.Exit(1 if problems else 0)


def _row(each: DoctorLine) -> Text:
    row = Text.assemble(
        (f"{each.level:<8}", _STYLES[each.level]), f"{one_line(f'{each.subject}: {each.found}', _LONGEST)}"
    )
    if each.advice:
        row.append(f"\n{'':8}-> {one_line(each.advice, _LONGEST)}", style="dim")
    return row
