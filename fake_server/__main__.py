"""``python -m fake_server``: a local Copilot to talk to."""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from fake_server.evidence import UnknownWordError, search
from fake_server.evidence.table import show_json, show_text
from fake_server.host.pages import PageOriginError, page_origin
from fake_server.host.server import Server, ServerStartError, serve
from fake_server.scenarios.steps import METHODS
from fake_server.script import Config, RefusalError, ScenarioError, Script, load_scenarios
from fake_server.service.switches import SWITCHES
from fake_server.tracing import Traced
from provider.wire.errors import CopilotError
from provider.wire.generations import DEFAULT_GENERATION, GENERATIONS

PROG: Final = "python -m fake_server"
_PORT: Final = 8765
_NAME: Final = re.compile(r"(?=.{1,253}$)[a-z0-9_][a-z0-9_-]*(\.[a-z0-9_][a-z0-9_-]*)*", re.IGNORECASE)
_WIDTH: Final = 120
"""Of what is explained where no terminal says how wide it is."""
_USAGE_ERROR: Final = 2
_INTERRUPTED: Final = 130


def main(argv: Sequence[str] | None = None, prog: str = PROG) -> int:
    """Run the fake until it is interrupted.

    Returns:
        The exit code: 0 after a list or help, 130 after Ctrl-C, 2 if it cannot be started.
    """
    try:
        options = _parser(prog).parse_args(argv)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else _USAGE_ERROR
    try:
        _check_options(options)
        if options.explain is not None:
            return _explain(options)
        script = Script(_config(options))
        if options.list_scenarios:
            _print(script.list_scenarios())
            return 0
        asyncio.run(_run(script, options))
    except KeyboardInterrupt:
        return _INTERRUPTED
    except (ServerStartError, ScenarioError, RefusalError, CopilotError, UnknownWordError, _OptionError) as error:
        sys.stderr.write(f"{prog}: {error}\n")
        return _USAGE_ERROR
    return 0


class _OptionError(Exception):
    """An option cannot be used."""


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=prog, description="A local Copilot: REST and WebSocket on one port.")
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to bind (default: %(default)s)")
    add("--port", type=_port, default=_PORT, help="port; 0 takes a free one (default: %(default)s)")
    add("--generation", choices=tuple(GENERATIONS), help=f"default: {DEFAULT_GENERATION}")
    add("--seed", type=int, default=0, help="same seed, same bytes (default: %(default)s)")
    add("--tls", action="store_true", help="serve https with a certificate made on the spot")
    add("--ca-file", type=Path, metavar="FILE", help="with --tls: write the authority to trust there")
    add(
        "--tls-name",
        action="append",
        default=[],
        type=_host_name,
        metavar="NAME",
        help="--tls, and go by this host name too, e.g. copilot.microsoft.com; may be repeated",
    )
    add(
        "--allow-origin",
        action="append",
        default=[],
        type=_origin,
        metavar="ORIGIN",
        help="let pages of this origin use it, by CORS, e.g. http://localhost:5173; * for any; may be repeated",
    )
    add("--token-env", metavar="NAME", help="take only the access token in this environment variable")
    add("--strict", action="store_true", help="refuse what single sources saw the service refuse")
    add(
        "--switch",
        action="append",
        default=[],
        metavar="NAME=READING",
        help="another reading of the protocol, where sources disagree: " + ", ".join(SWITCHES) + "; may be repeated",
    )
    add("--challenge", choices=METHODS, help="challenge every socket before its first message is answered")
    add("--max-turns", type=int, metavar="NUMBER", help="answer so many messages of a caller, then `too-many-messages`")
    add("--ping", type=_positive, metavar="SECONDS", help="ping sockets so often; who does not answer is closed")
    add("--idle", type=_positive, metavar="SECONDS", help="close sockets on which nothing is said for so long")
    add("--pace", type=_seconds, default=0.0, metavar="SECONDS", help="pause between the pieces of an answer")
    add("--scenarios", type=Path, metavar="FILE", help="Python file with further scenarios; it is run")
    add("--always", metavar="PROMPT", help='answer every prompt as if it were this one, e.g. "/cut 5"')
    add(
        "--fault",
        action="append",
        default=[],
        metavar="PLACE=HOW",
        help="let requests fail: upgrade=401, user=cloudflare; may be repeated",
    )
    add("--no-because", action="store_true", help="leave out the header in which refusals say what they rest on")
    add("--trace", action="store_true", help="say on stderr what happens, each with what it rests on; no secrets")
    add(
        "--explain",
        nargs="?",
        const="",
        metavar="WORD",
        help='show what the fake rests on, all of it or what goes by a word ("challenge", "POST /c/api/start", '
        '"§4.7"), of all generations or of the one that is chosen, and exit',
    )
    add("--json", action="store_true", help="with --explain: for programs")
    add("--list-scenarios", action="store_true", help="list the commands that prompts may hold, and exit")
    return parser


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"{text} is no port")
    return port


def _origin(text: str) -> str:
    try:
        return page_origin(text)
    except PageOriginError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _host_name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise argparse.ArgumentTypeError(
            f"{text!r} is no host name: expected one without scheme, port and wildcard, such as copilot.microsoft.com"
        )
    return text.lower()


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 <= seconds <= 3600:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 3600")
    return seconds


def _positive(text: str) -> float:
    seconds = _seconds(text)
    if seconds == 0:
        raise argparse.ArgumentTypeError("it takes more than 0 seconds")
    return seconds


def _config(options: argparse.Namespace) -> Config:
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
        raise _OptionError(f"the environment variable {name} is not set")
    return frozenset({token})


def _pair(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name, value


def _fault(text: str) -> tuple[str, int | str]:
    at, how = _pair(text)
    return at, int(how) if how.isascii() and how.isdigit() and len(how) < 10 else how


def _check_options(options: argparse.Namespace) -> None:
    """Refuse what would do nothing.

    Raises:
        _OptionError: An option stands without the one that it goes with.
    """
    if options.ca_file is not None and not (options.tls or options.tls_name):
        raise _OptionError("--ca-file goes with --tls or --tls-name: without it there is no certificate")
    if options.json and options.explain is None:
        raise _OptionError("--json goes with --explain")


def _explain(options: argparse.Namespace) -> int:
    """Show what the fake rests on.

    Raises:
        UnknownWordError: Nothing goes by that word.
    """
    rows = search(options.explain, options.generation)
    terminal = sys.stdout.isatty()
    width = shutil.get_terminal_size((_WIDTH, 0)).columns
    colour = terminal and not os.environ.get("NO_COLOR")
    try:
        _print(show_json(rows) if options.json else show_text(rows, width=width, colour=colour))
    except BrokenPipeError:
        # Who reads has seen enough; what Python would still flush goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


async def _run(script: Script, options: argparse.Namespace) -> None:
    """Serve until cancelled, which is what Ctrl-C does."""
    stage = Traced(script, _say) if options.trace else script
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
    tokens = "any token will do, but those that begin with `expired` are refused"
    if token_env is not None:
        tokens = f"it takes the token in {token_env}, and no other"
    also = "".join(f"  also https://{name}:{server.port}, where a hosts file leads there\n" for name in names)
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


if __name__ == "__main__":
    sys.exit(main())
