"""The command line: all commands, and one line and an exit code for each error.

Exit codes: 0 success; 1 the command ran and failed (the service refused, a replay differed); 2 wrong usage or unusable
input; 3 something is missing from a cassette; 130 interrupted. COMMAND's own exit code is passed on.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Sequence

from harness.errors import HarnessError


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command, by default that of `sys.argv`; returns the exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        code = _quick(arguments)
        code = _run_command(arguments) if code is None else code
        sys.stdout.flush()
    except OSError as error:
        return _unprinted(error)
    return code


def _quick(arguments: list[str]) -> int | None:
    """Run what needs neither typer nor the commands' code; None for anything else."""
    if arguments != ["--version"]:
        return None
    from harness.cli.version import version_line

    print(version_line())
    return 0


def _unprinted(error: OSError) -> int:
    """Report that the output cannot be written; returns the exit code."""
    # Python would try the rest of the buffer again at its end, and fail again.
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if error.errno == errno.EPIPE:  # the reader has had enough, such as `head`
        return 1
    sys.stderr.write(f"wiretape: {error.strerror}\n")
    return 2


def _run_command(arguments: list[str]) -> int:
    try:
        if arguments in (["--help"], ["-h"]):  # rich alone: neither typer nor the commands' code
            from harness.cli.root_help import print_root_help

            print_root_help()
            return 0
        import typer
    except ModuleNotFoundError as error:  # pragma: no cover  # tried from the wheel in .ci/run
        from provider.install_command import install_command

        sys.exit(
            f"wiretape: the command line needs the extra `cli` ({error.name} is missing): {install_command('cli')}"
        )
    from harness.cli.app import app
    from harness.cli.console import fail, say

    try:
        code = app(args=arguments, standalone_mode=False)
    except typer.Exit as leaving:
        return leaving.exit_code
    except (typer.Abort, KeyboardInterrupt):
        say("interrupted")
        return 130
    except HarnessError as error:
        fail(str(error))
        return 2
    except OSError as error:
        if _is_outputs(error):
            raise
        if _is_clients(error):  # such as a timeout: the command ran, and failed
            fail(str(error))
            return 1
        name = f"{error.filename}: " if error.filename else ""
        fail(f"{name}{error.strerror or error}")
        return 2
    except Exception as error:  # noqa: BLE001  # raised again there unless it is known
        return _wrong_usage(error)
    return int(code or 0)


def _is_outputs(error: OSError) -> bool:
    """Whether standard output is what cannot be written."""
    if error.filename is not None:
        return False
    try:
        sys.stdout.flush()
    except OSError:
        return True
    return error.errno == errno.EPIPE


def _is_clients(error: OSError) -> bool:
    from provider.errors import CopilotError

    return isinstance(error, CopilotError)


def _wrong_usage(error: Exception) -> int:
    """Report an error of the option parser or of the client; raise any other again, for it is a bug."""
    from harness.cli.console import fail

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
