"""The options of the fake's command line: one table for ``python -m fake_server`` and ``wiretape serve``."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fake_server.host.pages import page_origin
from fake_server.scenarios.steps import METHODS, Method
from fake_server.service.switches import SWITCHES
from provider.wire.generations import DEFAULT_GENERATION, GENERATIONS

_PORT: Final = 8765
_MOST_SECONDS: Final = 3600
_HOST_NAME: Final = re.compile(r"(?=.{1,253}$)[a-z0-9_][a-z0-9_-]*(\.[a-z0-9_][a-z0-9_-]*)*", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeOptions:
    """The parsed options; each field is the option of that name in `OPTIONS`."""

    host: str
    port: int
    generation: str | None
    seed: int
    tls: bool
    ca_file: Path | None
    tls_name: list[str]
    allow_origin: list[str]
    token_env: str | None
    strict: bool
    switch: list[str]
    challenge: Method | None
    max_turns: int | None
    ping: float | None
    idle: float | None
    pace: float
    scenarios: Path | None
    always: str | None
    fault: list[str]
    no_because: bool
    trace: bool
    explain: str | None
    json: bool
    list_scenarios: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One option.

    Attributes:
        name: E.g. ``--tls-name``.
        help: One line.
        parse: Converts the text; raises ValueError with the reason.
        default: Its value without the option; an empty list for a repeated one, False for a flag.
        metavar: Name of the value in the help; empty for a flag.
        choices: The valid texts; empty for any.
        is_flag: Whether it has no value.
        is_repeated: Whether it may be given several times.
        bare: Its value if given without one; None if it needs one.
    """

    name: str
    help: str
    parse: Callable[[str], object] = str
    default: object = None
    metavar: str = ""
    choices: tuple[str, ...] = ()
    is_flag: bool = False
    is_repeated: bool = False
    bare: str | None = None

    @property
    def field(self) -> str:
        """The name of this option's field in `ServeOptions`."""
        return self.name.lstrip("-").replace("-", "_")


# ---------------------------------------------------------------- values
def _port(text: str) -> int:
    port = _whole_number(text)
    if not 0 <= port <= 65535:
        raise ValueError(f"{text} is not a port: expected 0 to 65535")
    return port


def _whole_number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a whole number") from None


def _host_name(text: str) -> str:
    if not _HOST_NAME.fullmatch(text):
        raise ValueError(
            f"{text!r} is not a host name: expected one without scheme, port and wildcard, "
            "such as copilot.microsoft.com"
        )
    return text.lower()


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= _MOST_SECONDS:
        raise ValueError(f"{text!r} is not a number of seconds: expected 0 to {_MOST_SECONDS}")
    return seconds


def _positive_seconds(text: str) -> float:
    seconds = _seconds(text)
    if seconds == 0:
        raise ValueError(f"{text!r} is not above 0: expected a number of seconds above 0")
    return seconds


# ---------------------------------------------------------------- the table
OPTIONS: Final = (
    Option(name="--host", default="127.0.0.1", metavar="HOST", help="address to bind"),
    Option(name="--port", parse=_port, default=_PORT, metavar="PORT", help="port; 0 for any free one"),
    Option(
        name="--generation",
        choices=tuple(GENERATIONS),
        metavar="GENERATION",
        help=f"generation of the protocol: {', '.join(GENERATIONS)} (default: {DEFAULT_GENERATION})",
    ),
    Option(name="--seed", parse=_whole_number, default=0, metavar="NUMBER", help="equal seeds give equal bytes"),
    Option(name="--tls", is_flag=True, default=False, help="serve https with a new certificate"),
    Option(name="--ca-file", parse=Path, metavar="FILE", help="with --tls: write the authority to trust to this file"),
    Option(
        name="--tls-name",
        parse=_host_name,
        is_repeated=True,
        metavar="NAME",
        help="--tls, with this further host name, e.g. copilot.microsoft.com; repeatable",
    ),
    Option(
        name="--allow-origin",
        parse=page_origin,
        is_repeated=True,
        metavar="ORIGIN",
        help="allow pages of this origin by CORS, e.g. http://localhost:5173; * for any; repeatable",
    ),
    Option(name="--token-env", metavar="NAME", help="accept only the access token in this environment variable"),
    Option(name="--strict", is_flag=True, default=False, help="also apply rules for which there is only one source"),
    Option(
        name="--switch",
        is_repeated=True,
        metavar="NAME=READING",
        help="another reading of the protocol, where sources disagree: " + ", ".join(SWITCHES) + "; repeatable",
    ),
    Option(
        name="--challenge",
        choices=METHODS,
        metavar="METHOD",
        help=f"challenge each socket before its first message: {', '.join(METHODS)}",
    ),
    Option(
        name="--max-turns",
        parse=_whole_number,
        metavar="NUMBER",
        help="messages of a caller to answer; `too-many-messages` after that",
    ),
    Option(
        name="--ping",
        parse=_positive_seconds,
        metavar="SECONDS",
        help="ping sockets at this interval, and close those that do not answer",
    ),
    Option(
        name="--idle", parse=_positive_seconds, metavar="SECONDS", help="close sockets without a message for so long"
    ),
    Option(name="--pace", parse=_seconds, default=0.0, metavar="SECONDS", help="pause after each piece of an answer"),
    Option(name="--scenarios", parse=Path, metavar="FILE", help="run this Python file, and add its scenarios"),
    Option(name="--always", metavar="PROMPT", help='answer every prompt as if it were this one, e.g. "/cut 5"'),
    Option(
        name="--fault",
        is_repeated=True,
        metavar="PLACE=HOW",
        help="make requests fail: upgrade=401, user=cloudflare; repeatable",
    ),
    Option(
        name="--no-because", is_flag=True, default=False, help="leave out the header in which refusals name their rule"
    ),
    Option(
        name="--trace", is_flag=True, default=False, help="print requests and messages with their sources; no secrets"
    ),
    Option(
        name="--explain",
        bare="",
        metavar="[WORD]",
        help='show the sources of the fake\'s behaviour and exit: all, or those with a word ("challenge", '
        '"POST /c/api/start", "§4.7"); of all generations, or of the chosen one',
    ),
    Option(name="--json", is_flag=True, default=False, help="with --explain: as JSON"),
    Option(name="--list-scenarios", is_flag=True, default=False, help="list the commands for prompts and exit"),
)
"""All options, in the order of the help."""
