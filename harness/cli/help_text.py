"""The help of a command: summary, examples, explanation, exit codes."""

from __future__ import annotations

import inspect
from typing import Any

from typer.core import TyperCommand, TyperGroup, TyperOption


def command_help(summary: str, *, examples: str, about: str = "", exit_codes: str = "") -> str:
    """The help text of a command.

    Args:
        summary: One sentence; the list of commands shows it, too.
        examples: Command lines, one a line.
        about: Paragraphs with an empty line between them. Each is joined to one line, for the terminal to wrap.
        exit_codes: Such as ``0 equal; 1 different``; without a full stop.
    """
    lines = "\n".join(f"  {line}" for line in inspect.cleandoc(examples).splitlines())
    paragraphs = [" ".join(each.split()) for each in inspect.cleandoc(about).split("\n\n") if each.strip()]
    codes = [f"Exit codes: {exit_codes}."] if exit_codes else []
    return "\n\n".join([summary, f"Examples:\n{lines}", *paragraphs, *codes])


class PlainCommand(TyperCommand):
    """A command whose help shows no type for switches, where typer writes ``<bool>``."""

    def __init__(self, *args: Any, **keywords: Any) -> None:
        """Create the command; see `typer.core.TyperCommand`."""
        super().__init__(*args, **keywords)
        for each in self.params:
            if isinstance(each, TyperOption) and each.is_flag and each.metavar is None:
                each.metavar = ""

    def get_help_option(self, ctx: Any) -> TyperOption | None:
        """The option ``--help``, also without a type; it is created apart from the other options."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.metavar = ""
        return option


class PlainGroup(TyperGroup):
    """A group of commands whose help shows no type for ``--help``."""

    def get_help_option(self, ctx: Any) -> TyperOption | None:
        """The option ``--help``, without a type; it is created apart from the other options."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.metavar = ""
        return option
