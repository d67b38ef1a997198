"""``wiretape replay``: answers clients from a cassette."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from harness.cassette.model import Cassette
from harness.cassette.store import load
from harness.cli.ages import Ages
from harness.cli.command import Interrupts, OptionError, environment, judge, serve_proxied
from harness.cli.console import say
from harness.cli.entrance import AllowOrigin, Entrance, TlsName
from harness.cli.left_out import lines
from harness.cli.play_options import Bind, Ignore, MatchOn, accepted_lines, play_rules
from harness.errors import HarnessError
from harness.replay.clock import Clock
from harness.replay.pace import Speed

if TYPE_CHECKING:
    from harness.replay.report import Report
    from harness.replay.rules import PlayRules


_DEADLINE: Final = 5.0
"""Seconds."""


class SpeedError(HarnessError):
    """The speed is none."""


def replay(
    cassette: Annotated[Path, typer.Argument(help="The cassette to play.")],
    command: Annotated[
        list[str] | None, typer.Argument(help="COMMAND to run against it.", metavar="[-- COMMAND...]")
    ] = None,
    speed: Annotated[str, typer.Option(help="instant, recorded, or how many times as fast.")] = "instant",
    deadline: Annotated[
        float | None,
        typer.Option(help="With COMMAND: seconds a client may take for anything; 5 by default.", min=0.01),
    ] = None,
    clock: Annotated[
        Clock, typer.Option(help="now: times that lay ahead lie ahead as far; recorded: no time is moved.")
    ] = "now",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes a free one.", min=0, max=65535)] = 0,
    proxy: Annotated[bool, typer.Option("--proxy", help="Replay as a forward proxy, for fixed hosts.")] = False,
    ca: Annotated[
        Path | None, typer.Option(help="With --proxy or --tls-name: keep the authority in this file.", metavar="FILE")
    ] = None,
    allow_origin: AllowOrigin = None,
    tls_name: TlsName = None,
    ignore: Ignore = None,
    bind: Bind = None,
    match_on: MatchOn = None,
    no_auto_bind: Annotated[
        bool, typer.Option("--no-auto-bind", help="Take no generated value of the client for the recorded one.")
    ] = False,
    strict_order: Annotated[
        bool, typer.Option("--strict-order", help="Requests and messages have to come in the recorded order.")
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="List the places whose values were bound.")] = False,
    max_age: Annotated[
        str | None, typer.Option(help="Refuse a cassette recorded longer ago, e.g. 90d, 12w.", metavar="AGE")
    ] = None,
    warn_age: Annotated[
        str | None, typer.Option(help="Only say so for a cassette recorded longer ago.", metavar="AGE")
    ] = None,
) -> None:
    """Answer clients from a cassette; nothing leaves this machine.

    COMMAND finds the server in COPILOT_BASE_URL (also WIRETAPE_URL and WIRETAPE_WS_URL). With --proxy it finds a proxy
    in HTTPS_PROXY and the like, and whom to trust in SSL_CERT_FILE and the like; NO_PROXY is emptied, and other hosts
    than the service's are refused. With --tls-name the server speaks https, and COMMAND finds whom to trust. The exit
    code is COMMAND's; if that is 0, it is 1 when the session did not go as recorded. Without COMMAND the server runs
    until Ctrl-C.
    """
    entrance = Entrance.of(port, allow_origin, tls_name, ca, proxy=proxy)
    if deadline is not None and not command:
        raise OptionError("--deadline goes with COMMAND: a server that waits for anybody has no deadline")
    pace, waits = parse_speed(speed), (deadline or _DEADLINE) if command else None
    rules = play_rules(ignore, bind, match_on, auto_bind=not no_auto_bind, strict_order=strict_order)
    loaded = _loaded(cassette, Ages.parse(max_age, warn_age))
    if proxy:
        code, report = _replay_proxied(cassette, loaded, command, How(pace, waits, clock, rules), entrance)
    else:
        code, report = _replay(cassette, loaded, command, How(pace, waits, clock, rules), entrance)
    for line in accepted_lines(report, verbose=verbose):
        say(line, "yellow" if line.startswith("relaxed") else "dim")
    if report.problems or report.notes:
        sys.stderr.write(report.text(color=sys.stderr.isatty()).rstrip("\n") + "\n")
    if not report.ok and (again := _again(cassette, loaded, command, proxy=proxy)):
        say(again, "dim")
    if report.ok:
        say(f"replayed {report.played} of {report.total} exchanges", "green")
    raise typer.Exit(code or (0 if report.ok else 1))


def _again(path: Path, loaded: Cassette, command: list[str] | None, *, proxy: bool) -> str:
    """The command that records a cassette again; empty for one that nobody recorded from a service with an address."""
    origin = loaded.recorded.origin
    if loaded.recorded.by != "relay" or not origin.startswith(("http://", "https://")):
        return ""
    words = ["wiretape", "record", "--force", "-o", str(path), "--upstream", origin]
    words += [*(["--proxy"] if proxy else []), *(["--", *command] if command else [])]
    return f"record it again: {shlex.join(words)}"


@dataclass(frozen=True, slots=True)
class How:
    """How a cassette is played; see `harness.sessions.replaying`."""

    speed: Speed
    deadline: float | None
    clock: Clock
    rules: PlayRules

    @property
    def options(self) -> Mapping[str, Any]:
        """The same as keyword arguments."""
        kept = ("speed", "deadline", "clock", "rules")
        return {name: getattr(self, name) for name in kept}


def _loaded(path: Path, ages: Ages) -> Cassette:
    """The cassette; what was left out of it is named.

    Raises:
        typer.Exit: It is too old.
    """
    loaded = load(path)
    for line in lines(loaded.left_out):
        say(f"{path}: {line}", "yellow")
    if ages.tell(path, loaded):
        raise typer.Exit(1)
    return loaded


def _replay(
    cassette: Path, loaded: Cassette, command: list[str] | None, how: How, entrance: Entrance
) -> tuple[int, Report]:
    from harness.sessions import replaying

    code = 0
    with (
        Interrupts() as interrupts,
        entrance.opened() as opened,
        replaying(loaded, **how.options, **opened.options) as running,
    ):
        say(f"replaying {cassette} at {running.url}", "bold")
        opened.tell(running.server.port)
        if command:
            code = interrupts.run(command, {**environment(running.url), **opened.env, **recorded_token(loaded)})
        else:
            say("Ctrl-C ends the replay", "dim")
            interrupts.wait()
        for note in running.notes:
            say(note, "yellow")
        return code, running.report()


def recorded_token(cassette: Cassette) -> dict[str, str]:
    """What COMMAND finds in its token's place: the cassette's stand-in, where one was recorded."""
    from harness.proxy.client_env import stand_in_for_token

    for exchange in cassette.exchanges:
        for name, value in exchange.request.headers:
            if name == "authorization":
                return stand_in_for_token(value.partition(" ")[2])
    return {}


def _replay_proxied(
    cassette: Path, loaded: Cassette, command: list[str] | None, how: How, entrance: Entrance
) -> tuple[int, Report]:
    from harness.proxy.sessions import proxied_replaying

    with (
        Interrupts() as interrupts,
        proxied_replaying(
            loaded, port=entrance.port, ca=entrance.ca, allowed_origins=entrance.origins, **how.options
        ) as session,
    ):
        say(f"replaying {cassette} by the proxy {session.address}", "bold")
        code = serve_proxied(session, command, interrupts, recorded_token(loaded))
        report = session.report()
    return judge(session, code), report


def parse_speed(text: str) -> Speed:
    """A speed by its name or factor.

    Raises:
        SpeedError: It is neither.
    """
    if text in ("instant", "recorded"):
        return text  # pyright: ignore[reportReturnType]  # the two literals
    try:
        factor = float(text)
    except ValueError:
        factor = 0.0
    if not 0 < factor < 1e6:
        raise SpeedError(f"--speed takes instant, recorded, or a number above 0, not {text!r}")
    return factor
