"""The typer application: its commands load their code when they are used."""

from __future__ import annotations

import importlib
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from harness.cli.commands import COMMANDS, SUMMARY, ListedCommand
from harness.cli.version import version_line


class LazyCommand(TyperCommand):
    """A command of `harness.cli.commands`. Its module, which defines its options, is imported when it is used."""

    def __init__(self, entry: ListedCommand) -> None:
        """Create the command from its entry in the table of commands, without importing its module."""
        super().__init__(entry.name, help=entry.summary, rich_help_panel=entry.panel)
        self._entry = entry

    def loaded(self) -> Any:
        """The command, or the group of commands, with its options."""
        from harness.cli.help_text import PlainCommand

        module = importlib.import_module(f"harness.cli.{self._entry.module}")
        found = getattr(module, self._entry.attribute)
        if not isinstance(found, typer.Typer):
            app = typer.Typer(add_completion=False)
            app.command(self.name, help=getattr(module, self._entry.help), cls=PlainCommand)(found)
            found = app
        return typer.main.get_command(found)

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """Parse the arguments with the loaded options; the context's command is the loaded one."""
        return self.loaded().make_context(info_name, args, parent=parent, **extra)


class _Root(TyperGroup):
    """The group of all commands."""

    def __init__(self, **keywords: Any) -> None:
        """Create the group; see `typer.core.TyperGroup`."""
        super().__init__(**keywords)
        self.commands = {each.name: LazyCommand(each) for each in COMMANDS}

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002  # typer's signature
        """Print the help, as ``wiretape --help`` does without this module."""
        from harness.cli.root_help import print_root_help

        print_root_help()


app = typer.Typer(
    name="wiretape",
    cls=_Root,
    help=SUMMARY,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(value: bool) -> None:
    if value:
        typer.echo(version_line())
        raise typer.Exit


@app.callback()
def _root(
    _: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")] = False,
) -> None:
    """Record, replay and fake services that stream over REST and WebSocket."""
