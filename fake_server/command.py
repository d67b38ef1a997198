"""The fake's command: serve until Ctrl-C, list scenarios, or explain the fake's behaviour."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from typing import Final

from fake_server.evidence import UnknownWordError, search
from fake_server.evidence.table import show_json, show_text
from fake_server.host.listener import ServerStartError
from fake_server.host.server import Server, serve
from fake_server.options import ServeOptions
from fake_server.script import Config, RefusalError, ScenarioError, Script, load_scenarios
from fake_server.stage import Stage
from fake_server.tracing import Traced
from provider.wire.errors import CopilotError
from provider.wire.generations import DEFAULT_GENERATION

_WIDTH: Final = 120
"""Columns of ``--explain`` without a terminal."""
_USAGE_ERROR: Final = 2
_INTERRUPTED: Final = 130


class OptionError(Exception):
    """An option of the fake's command line cannot be used; the text says why."""


def run(options: ServeOptions, prog: str, *, wrap: Callable[[Stage], Stage] = lambda stage: stage) -> int:
    """Run the fake until it is interrupted.

    Args:
        options: The parsed options.
        prog: Name of the program, for error messages.
        wrap: Returns the stage that serves in place of the fake, for example one that changes its answers.

    Returns:
        The exit code: 0 after a list of scenarios or of evidence, 130 after Ctrl-C, 2 if the fake cannot start.
    """
    try:
        _check(options)
        if options.explain is not None:
            return _explain(options, options.explain)
        script = Script(_config(options))
        if options.list_scenarios:
            _print(script.list_scenarios())
            return 0
        asyncio.run(_serve(script, options, wrap))
    except KeyboardInterrupt:
        return _INTERRUPTED
    except (ServerStartError, ScenarioError, RefusalError, CopilotError, UnknownWordError, OptionError) as error:
        sys.stderr.write(f"{prog}: {error}\n")
        return _USAGE_ERROR
    return 0


def _config(options: ServeOptions) -> Config:
    return Config(
        generation=options.generation or DEFAULT_GENERATION,
        seed=options.seed,
        tokens=_tokens(options.token_env),
        strict=options.strict,
        switches=dict(map(_pair, options.switch)),
        challenge=options.challenge,
        max_turns=options.max_turns,
        chunk_delay=options.pace,
        faults=dict(map(_fault, options.fault)),
        because=not options.no_because,
        always=options.always,
        scenarios=load_scenarios(options.scenarios) if options.scenarios else (),
    )


def _tokens(name: str | None) -> frozenset[str] | None:
    if name is None:
        return None
    token = os.environ.get(name)
    if not token:
        raise OptionError(
            f"the environment variable {name} is not set: set it to the token that the server is to accept"
        )
    return frozenset({token})


def _pair(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name, value


def _fault(text: str) -> tuple[str, int | str]:
    at, how = _pair(text)
    return at, int(how) if how.isascii() and how.isdigit() and len(how) < 10 else how


def _check(options: ServeOptions) -> None:
    """Check that each given option has an effect.

    Raises:
        OptionError: An option lacks the one that it needs.
    """
    if options.ca_file is not None and not (options.tls or options.tls_name):
        raise OptionError(
            "--ca-file needs --tls or --tls-name: without TLS the server has no certificate authority to write"
        )
    if options.json and options.explain is None:
        raise OptionError("--json needs --explain, which it prints as JSON")


def _explain(options: ServeOptions, word: str) -> int:
    """Print the sources of the fake's behaviour.

    Raises:
        UnknownWordError: No row has the word.
    """
    rows = search(word, options.generation)
    terminal = sys.stdout.isatty()
    width = shutil.get_terminal_size((_WIDTH, 0)).columns
    colour = terminal and not os.environ.get("NO_COLOR")
    try:
        _print(show_json(rows) if options.json else show_text(rows, width=width, colour=colour))
    except BrokenPipeError:
        # The reader (`head`, `less`) has closed the pipe. Python would flush into it at exit: send that to nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


async def _serve(script: Script, options: ServeOptions, wrap: Callable[[Stage], Stage]) -> None:
    """Serve until Ctrl-C cancels the task."""
    stage = wrap(Traced(script, _say) if options.trace else script)
    server = serve(
        stage,
        host=options.host,
        port=options.port,
        tls=options.tls or bool(options.tls_name),
        allowed_hosts=options.tls_name,
        allowed_origins=options.allow_origin,
        own_origins=Script.ORIGINS,
        strict=options.strict,
        ping_interval=options.ping,
        idle_timeout=options.idle,
    )
    async with server:
        if options.ca_file is not None:
            server.write_authority(options.ca_file)
        _print(_greeting(server, script, options.token_env, options.tls_name))
        await asyncio.Event().wait()


def _greeting(server: Server, script: Script, token_env: str | None, names: Sequence[str]) -> str:
    tokens = "it accepts any token but those that begin with `expired`"
    if token_env is not None:
        tokens = f"it accepts only the token in {token_env}"
    also = "".join(f"  also https://{name}:{server.port}, with an entry in the hosts file\n" for name in names)
    return (
        f"fake Copilot {script.config.generation} at {server.url}\n{also}"
        f'  COPILOT_BASE_URL={server.url} wiretape ask "/image a cat"\n'
        f"  {tokens}; --list-scenarios lists the commands\n"
        "  Ctrl-C ends it"
    )


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def _print(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
