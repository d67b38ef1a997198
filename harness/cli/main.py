"""The command line's entry: collects the commands, and turns every error into one line and an exit code.

Exit codes: 0 it worked; 1 it ran and failed (the service refused, a replay differed, COMMAND failed with 1);
2 wrong usage or unusable input; 130 interrupted. COMMAND's own exit code is passed on.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated

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
from harness.errors import HarnessError

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


app.command("ask")(ask.ask)
app.command(
    "serve",
    add_help_option=False,
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []},
)(serve.serve_scripts)
app.command("record", context_settings={"ignore_unknown_options": False})(record.record)
app.command("recover")(recover.recover)
app.command("replay")(replay.replay)
app.command("show", epilog=show.EPILOG)(show.show)
app.command("diff", epilog=diff.EPILOG)(diff.diff)
app.command("drift", epilog=drift.EPILOG)(drift.drift)
app.command("reproduce", epilog=reproduce.EPILOG)(reproduce.reproduce)
app.command("lint")(lint.lint)
app.command("redact")(redact.redact)
app.command("trim", epilog=trim.EPILOG)(trim.trim)
app.command("import", epilog=har.IMPORT_EPILOG)(har.import_)
app.command("export", epilog=har.EXPORT_EPILOG)(har.export)
app.command("login")(login.login)
app.command("logout")(login.logout)
app.add_typer(live.app, name="live")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
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
        if _is_clients(error):  # a wait whose time has passed: it ran, and failed
            fail(str(error))
            return 1
        name = f"{error.filename}: " if error.filename else ""
        fail(f"{name}{error.strerror or error}")
        return 2
    except Exception as error:  # noqa: BLE001  # sorted out there; what is not known is raised again
        return _wrong_usage(error)
    return int(code or 0)


def _is_clients(error: OSError) -> bool:
    from provider.errors import CopilotError

    return isinstance(error, CopilotError)


def _wrong_usage(error: Exception) -> int:
    """Errors of the option parser and of the client; anything else is a bug, and shows where."""
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
    """What the installed script calls."""
    sys.exit(main())


if __name__ == "__main__":
    run()
