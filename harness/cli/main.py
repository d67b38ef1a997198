"""The command line: all commands, and one line and an exit code for each error.

Exit codes: 0 success; 1 the command ran and failed (the service refused, a replay differed); 2 wrong usage or unusable
input; 3 something is missing from a cassette; 130 interrupted. COMMAND's own exit code is passed on.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated, Final

try:
    import typer
except ModuleNotFoundError as error:  # pragma: no cover  # tried from the wheel in .ci/run
    sys.exit(f"wiretape: the command line needs the extra `cli` ({error.name} is missing): pip install 'wiretape[cli]'")

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
from harness.cli.console import fail, say
from harness.cli.help_text import PlainCommand
from harness.errors import HarnessError

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
        try:
            found = version("wiretape")
        except PackageNotFoundError:
            found = "unknown (not installed)"
        typer.echo(f"wiretape {found}")
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


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command, by default that of `sys.argv`; returns the exit code."""
    try:
        code = app(args=None if argv is None else list(argv), standalone_mode=False)
    except typer.Exit as leaving:
        return leaving.exit_code
    except (typer.Abort, KeyboardInterrupt):
        say("interrupted")
        return 130
    except HarnessError as error:
        fail(str(error))
        return 2
    except OSError as error:
        if _is_clients(error):  # such as a timeout: the command ran, and failed
            fail(str(error))
            return 1
        name = f"{error.filename}: " if error.filename else ""
        fail(f"{name}{error.strerror or error}")
        return 2
    except Exception as error:  # noqa: BLE001  # raised again there unless it is known
        return _wrong_usage(error)
    return int(code or 0)


def _is_clients(error: OSError) -> bool:
    from provider.errors import CopilotError

    return isinstance(error, CopilotError)


def _wrong_usage(error: Exception) -> int:
    """Report an error of the option parser or of the client; raise any other again, for it is a bug."""
    show_usage = getattr(error, "show", None)
    if callable(show_usage):  # click's UsageError
        show_usage()
        return 2
    from provider.errors import CopilotError, UsageError

    if isinstance(error, CopilotError):
        fail(str(error))
        return 2 if isinstance(error, UsageError) else 1
    raise error


def run() -> None:
    """Entry point of the installed script."""
    sys.exit(main())


if __name__ == "__main__":
    run()
