"""``wiretape serve --stubs FILE``: a server that answers by a file of stubs, not as the fake Copilot."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from harness.cli.command import OptionConflictError
from harness.cli.console import fail, say
from harness.cli.hooks import read_hooks

if TYPE_CHECKING:
    from fake_server.options import ServeOptions
    from fake_server.stage import Stage
    from harness.replay.problems import Problem
    from harness.stubs.stubs import Stubs

_GO_WITH_STUBS: Final = frozenset(
    {"--host", "--port", "--tls", "--ca-file", "--tls-name", "--allow-origin", "--strict", "--ping", "--idle"}
)
_INTERRUPTED: Final = 130


def serve_stubs(path: Path | None, hooks: Path | None, options: ServeOptions, wrap: Callable[[Stage], Stage]) -> int:
    """Serve the stubs of a file until Ctrl-C; prints each request that no stub matches.

    Args:
        path: The file; None for the stubs of hooks alone.
        hooks: The file of ``--hooks``, whose stubs come after those of the file; None if there is none.
        options: The parsed options.
        wrap: Puts a stage in front of the stubs.

    Returns:
        The exit code: 130 after Ctrl-C, 2 if the server cannot start.

    Raises:
        OptionConflictError: An option configures the fake Copilot.
        HarnessError: The file cannot be read, or is malformed.
    """
    from fake_server.host.listener import ServerStartError
    from harness.stubs.file import read_stubs
    from harness.stubs.stubs import Stubs

    _check(options)
    stubs = Stubs(deadline=None, on_problem=_show)
    if path is not None:
        read_stubs(path, stubs)
    read_hooks(hooks).add_stubs(stubs)
    named = " and ".join(str(each) for each in (path, hooks) if each is not None)
    try:
        asyncio.run(_serve(named, stubs, options, wrap))
    except KeyboardInterrupt:
        return _INTERRUPTED
    except ServerStartError as error:
        fail(str(error))
        return 2
    return 0


def _check(options: ServeOptions) -> None:
    from fake_server.options import OPTIONS

    for option in OPTIONS:
        default = [] if option.is_repeated else option.default
        if option.name not in _GO_WITH_STUBS and getattr(options, option.field) != default:
            raise OptionConflictError(
                f"{option.name} does not go with --stubs or --hooks: it configures the fake Copilot"
            )
    if options.ca_file is not None and not (options.tls or options.tls_name):
        raise OptionConflictError(
            "--ca-file needs --tls or --tls-name: without TLS the server has no certificate authority to write"
        )


async def _serve(named: str, stubs: Stubs, options: ServeOptions, wrap: Callable[[Stage], Stage]) -> None:
    """Serve until Ctrl-C cancels the task."""
    from fake_server.host.server import serve

    server = serve(
        wrap(stubs.stage()),
        host=options.host,
        port=options.port,
        tls=options.tls or bool(options.tls_name),
        allowed_hosts=options.tls_name,
        allowed_origins=options.allow_origin,
        strict=options.strict,
        ping_interval=options.ping,
        idle_timeout=options.idle,
    )
    async with server:
        if options.ca_file is not None:
            server.write_authority(options.ca_file)
        number = "1 stub" if stubs.count == 1 else f"{stubs.count} stubs"
        print(f"{number} of {named} at {server.url}\n  Ctrl-C ends it", flush=True)
        await asyncio.Event().wait()


def _show(problem: Problem) -> None:
    from harness.replay.report import Report

    _, _, text = Report(problems=(problem,)).text(color=sys.stderr.isatty()).partition("\n")
    say(text.rstrip("\n"))
