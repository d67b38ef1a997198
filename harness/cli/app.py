"""The typer application: all commands, and the panels of the help that list them."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from harness.cli import (
    ask,
    diff,
    drift,
    har,
    lint,
    live,
    login,
    record,
    recover,
    redact,
    replay,
    reproduce,
    serve,
    show,
    trim,
)
from harness.cli.help_text import PlainCommand
from harness.cli.version import version_line

_RECORD: Final = "Record"
_REPLAY: Final = "Replay"
_LOOK: Final = "Look"
_LOOK_AFTER: Final = "Look after"
_ACCOUNT: Final = "Account"

app = typer.Typer(
    name="wiretape",
    help="Record, replay and fake services that stream over REST and WebSocket.",
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


app.command("record", help=record.HELP, cls=PlainCommand, rich_help_panel=_RECORD)(record.record)
app.command("recover", help=recover.HELP, cls=PlainCommand, rich_help_panel=_RECORD)(recover.recover)
app.command("import", help=har.IMPORT_HELP, cls=PlainCommand, rich_help_panel=_RECORD)(har.import_)
app.command("replay", help=replay.HELP, cls=PlainCommand, rich_help_panel=_REPLAY)(replay.replay)
app.command("serve", cls=serve.ServeCommand, rich_help_panel=_REPLAY)(serve.serve)
app.command("show", help=show.HELP, cls=PlainCommand, rich_help_panel=_LOOK)(show.show)
app.command("diff", help=diff.HELP, cls=PlainCommand, rich_help_panel=_LOOK)(diff.diff)
app.command("drift", help=drift.HELP, cls=PlainCommand, rich_help_panel=_LOOK)(drift.drift)
app.command("reproduce", help=reproduce.HELP, cls=PlainCommand, rich_help_panel=_LOOK)(reproduce.reproduce)
app.command("lint", help=lint.HELP, cls=PlainCommand, rich_help_panel=_LOOK_AFTER)(lint.lint)
app.command("redact", help=redact.HELP, cls=PlainCommand, rich_help_panel=_LOOK_AFTER)(redact.redact)
app.command("trim", help=trim.HELP, cls=PlainCommand, rich_help_panel=_LOOK_AFTER)(trim.trim)
app.command("export", help=har.EXPORT_HELP, cls=PlainCommand, rich_help_panel=_LOOK_AFTER)(har.export)
app.command("ask", help=ask.HELP, cls=PlainCommand, rich_help_panel=_ACCOUNT)(ask.ask)
app.command("login", help=login.LOGIN_HELP, cls=PlainCommand, rich_help_panel=_ACCOUNT)(login.login)
app.command("logout", help=login.LOGOUT_HELP, cls=PlainCommand, rich_help_panel=_ACCOUNT)(login.logout)
app.add_typer(live.app, name="live", rich_help_panel=_ACCOUNT)
