"""``wiretape --help``, without the option parser and the commands' code, whose import takes most of the time."""

from __future__ import annotations

from itertools import groupby
from typing import Final

from rich.console import Console
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from harness.cli.commands import COMMANDS, SUMMARY

OPTIONS: Final = (
    ("--version", "Show the version."),
    ("--install-completion", "Install completion for the current shell."),
    ("--show-completion", "Show completion for the current shell, to copy it or customize the installation."),
    ("-h, --help", "Show this message and exit."),
)
"""Names and help of the root's own options."""


def print_root_help() -> None:
    """Print usage, options and commands on stdout; in colour, and as wide as the terminal, if it is one."""
    console = Console(highlight=False)
    usage = Text.assemble((" Usage: ", "yellow"), ("wiretape [OPTIONS] COMMAND [ARGS]...", "bold"))
    console.print(Padding(usage, (1, 0)))
    console.print(Text(f" {SUMMARY}\n"))
    console.print(_panel("Options", OPTIONS))
    width = max(len(each.name) for each in COMMANDS)
    for title, entries in groupby(COMMANDS, lambda each: each.panel):
        console.print(_panel(title, [(each.name, each.summary) for each in entries], width))


def _panel(title: str, rows: list[tuple[str, str]] | tuple[tuple[str, str], ...], width: int | None = None) -> Panel:
    table = Table(box=None, show_header=False, expand=True, pad_edge=False, padding=(0, 1))
    table.add_column(style="bold cyan", no_wrap=True, width=width)
    table.add_column(ratio=1)
    for name, text in rows:
        table.add_row(Text(name), Text(text))
    return Panel(table, title=title, title_align="left", border_style="dim")
