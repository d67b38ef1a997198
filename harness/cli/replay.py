"""``wiretape replay``: a local server that answers clients from a cassette."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias

import typer

from harness.cli import options
from harness.cli.ages import Ages
from harness.cli.command import Interrupts, OptionConflictError, check_visitors, environment, serve_proxied
from harness.cli.console import say
from harness.cli.entrance import Entrance
from harness.cli.faults import FaultOutcome, fault_plan
from harness.cli.help_text import command_help
from harness.cli.hooks import NO_HOOKS, Hooks, read_hooks
from harness.cli.left_out import lines
from harness.cli.live_page import live_page
from harness.cli.play_rules import begun_at, play_rules
from harness.cli.profiles import profile_of
from harness.cli.replay_report import command_to_record, print_report
from harness.cli.speed import parse_speed
from harness.cli.upstreams import announce_upstreams
from harness.replay.clock import Clock

if TYPE_CHECKING:
    from harness.cassette.model import Cassette
    from harness.faults.plan import ArmedRules
    from harness.profile import ServiceProfile
    from harness.replay.pace import Speed
    from harness.replay.report import Report
    from harness.replay.rules import PlayRules
    from harness.tap.session import TappedSession


HELP: Final = command_help(
    "Answer clients from a cassette; nothing leaves this machine.",
    examples="""
        wiretape replay chat.yaml -- python app.py
        wiretape replay chat.yaml --speed recorded -- python app.py
        wiretape replay chat.yaml --port 8000
        wiretape replay prices.yaml --speed recorded --from 1:30:00 --loop --port 8000
        wiretape replay cassettes --control -- npx vitest run
        wiretape replay chat.yaml --fault 'cut after 3 messages' -- python app.py
        """,
    about="""
        COMMAND finds the local server's URL in WIRETAPE_URL and WIRETAPE_WS_URL, with Copilot's cassettes in
        COPILOT_BASE_URL, too. Without COMMAND the server runs until Ctrl-C.

        With --proxy, COMMAND finds the proxy in HTTPS_PROXY and the certificates to trust in SSL_CERT_FILE and similar
        variables; NO_PROXY is emptied, and hosts other than the service's are refused. With --tls-name the server
        speaks https, and COMMAND finds the certificates, too.

        With --loop the cassette begins anew, with values of its own, whenever nothing of it is left for a request: any
        number of clients may come, at once or one after the other. The service's end of a socket stays; where the
        client or the recorder ended it, it ends with the close code 1012, so that its client connects again. What no
        client requested is no failure then; a difference is.

        With --from a feed (a socket, or a stream in response to a GET) begins later: a feed that had ended by then is
        left out; one that was open keeps what came up to the client's last message, and the service's first message
        after it, without pauses, and goes on from that time. `wiretape show` prints the times.

        With --control, CASSETTE is a folder, and COMMAND a test suite in any language that finds the control service's
        secret URL in WIRETAPE_CONTROL. Each of its tests begins a session of its own (docs/any-language.md).
        """,
    exit_codes="COMMAND's; if that is 0: 1 the session did not go as recorded, a fault never struck, or the cassette "
    "is too old; 2 wrong usage, or the cassette cannot be read",
)
_DEADLINE: Final = 5.0
"""Seconds."""


Speeds: TypeAlias = Annotated[str, typer.Option(help="instant, recorded, or a factor such as 10.", metavar="SPEED")]
Deadline: TypeAlias = Annotated[
    float | None,
    typer.Option(
        help="With COMMAND: seconds that the client may take for each step; 5 by default.", min=0.01, metavar="SECONDS"
    ),
]
Clocks: TypeAlias = Annotated[
    Clock,
    typer.Option(
        help="now: shift times that were ahead of the recording to as far ahead of now; recorded: leave them."
    ),
]
Verbose: TypeAlias = Annotated[bool, typer.Option("--verbose", "-v", help="List the places whose values were bound.")]

Control: TypeAlias = Annotated[
    bool,
    typer.Option("--control", help="CASSETTE is a folder: test suites in any language begin and end sessions by HTTP."),
]
Upstream: TypeAlias = Annotated[
    str | None,
    typer.Option(help="With --control: the service to record, for tests in the mode once or rewrite.", metavar="URL"),
]


def replay(
    cassette: options.Cassette,
    command: options.Command = None,
    speed: Speeds = "instant",
    start: options.From = None,
    loop: options.Loop = False,
    deadline: Deadline = None,
    clock: Clocks = "now",
    port: options.Port = 0,
    profile: options.Profile = None,
    env: options.Env = None,
    proxy: options.Proxy = False,
    ca: options.Ca = None,
    allow_origin: options.AllowOrigin = None,
    tls_name: options.TlsName = None,
    ignore: options.Ignore = None,
    bind: options.Bind = None,
    match_on: options.MatchOn = None,
    no_auto_bind: options.NoAutoBind = False,
    strict_order: options.StrictOrder = False,
    fault: options.Fault = None,
    hooks: options.Hooks = None,
    verbose: Verbose = False,
    max_age: options.MaxAge = None,
    warn_age: options.WarnAge = None,
    control: Control = False,
    upstream: Upstream = None,
    view: options.View = False,
) -> None:
    """Answer clients from a cassette."""
    if control:
        raise typer.Exit(_controlled(locals()))
    entrance = Entrance.of(port, allow_origin, tls_name, ca, proxy=proxy)
    how = How(
        speed=parse_speed(speed),
        deadline=_checked_deadline(command, deadline, upstream),
        clock=clock,
        rules=play_rules(ignore, bind, match_on, auto_bind=not no_auto_bind, strict_order=strict_order, loops=loop),
        faults=fault_plan(fault),
        hooks=read_hooks(hooks),
    )
    loaded = _loaded(cassette, Ages.parse(max_age, warn_age))
    service = how.hooks.on_profile(profile_of(loaded.recorded.origin, profile, env or ()))
    loaded = begun_at(start, loaded, service)
    watched = how.watched(service) if view else how
    raise typer.Exit(played(cassette, loaded, command, watched, entrance, service, proxy=proxy, verbose=verbose))


def _controlled(given: Mapping[str, Any]) -> int:
    from harness.cli.replay_control import replay_control

    return replay_control(replay, given)


def _checked_deadline(command: list[str] | None, deadline: float | None, upstream: str | None) -> float | None:
    """The client's deadline in seconds; None without COMMAND.

    Raises:
        OptionConflictError: An option needs another one.
    """
    if upstream is not None:
        raise OptionConflictError(
            "--upstream needs --control: without --control nothing is recorded; use `wiretape record`"
        )
    if deadline is not None and not command:
        raise OptionConflictError("--deadline needs COMMAND: a server for later clients has no deadline")
    return (deadline or _DEADLINE) if command else None


def played(  # what `replay` has found out
    path: Path,
    loaded: Cassette,
    command: list[str] | None,
    how: How,
    entrance: Entrance,
    service: ServiceProfile,
    *,
    proxy: bool,
    verbose: bool,
) -> int:
    """Play a cassette, and print the report; returns the exit code."""
    play = _replay_proxied if proxy else _replay
    code, report = play(path, loaded, command, how, entrance, service)
    if how.faults:
        report = report.after_faults()
        code = FaultOutcome(how.faults).report(code)
    print_report(report, verbose=verbose)
    if not report.ok and (again := command_to_record(path, loaded, command, proxy=proxy)):
        say(again, "dim")
    return code or (0 if report.ok else 1)


@dataclass(frozen=True, slots=True)
class How:
    """How to play a cassette; see `harness.sessions.replaying`."""

    speed: Speed
    deadline: float | None
    clock: Clock
    rules: PlayRules
    faults: ArmedRules
    watch: TappedSession | None = None
    """Observes the session for a page; None if the user wants no page."""
    hooks: Hooks = NO_HOOKS
    """The user's functions."""

    def watched(self, service: ServiceProfile) -> How:
        """A copy with an observer of the session, whose events a page can show."""
        from harness.tap.session import TappedSession

        return replace(self, watch=TappedSession(service, "replay"))

    @property
    def options(self) -> Mapping[str, Any]:
        """Keyword arguments for `harness.sessions.replaying`.

        With fault rules a recorded response may be played again, as a client repeats its request after a fault.
        """
        rules = self.hooks.on_rules(replace(self.rules, repeats=bool(self.faults) and not self.rules.loops))
        kept = {name: getattr(self, name) for name in ("speed", "deadline", "clock", "faults")}
        return {**kept, "rules": rules, **({"wrap": self.watch.wrap} if self.watch else {})}


def _loaded(path: Path, ages: Ages) -> Cassette:
    """Load a cassette, and print which recorded exchanges it lacks because its format cannot express them.

    Raises:
        typer.Exit: The cassette is older than ``--max-age``.
    """
    from harness.cassette.store import load

    loaded = load(path)
    for line in lines(loaded.left_out):
        say(f"{path}: {line}", "yellow")
    if ages.refuse(path, loaded):
        raise typer.Exit(1)
    return loaded


def _replay(
    cassette: Path, loaded: Cassette, command: list[str] | None, how: How, entrance: Entrance, service: ServiceProfile
) -> tuple[int, Report]:
    from harness.sessions import replaying

    code = 0
    with (
        Interrupts() as interrupts,
        entrance.opened() as opened,
        replaying(loaded, profile=service, **how.options, **opened.options) as running,
    ):
        say(f"replaying {cassette} at {running.url}", "bold")
        announce_upstreams(loaded.recorded.upstreams, running.upstreams)
        opened.announce(running.server.port)
        with live_page(how.watch, service, f"replay of {cassette.name}"):
            if command:
                leading = environment(running.url, service, running.upstreams)
                code = interrupts.run(command, {**leading, **opened.env, **recorded_token(loaded, service)})
            else:
                say("Ctrl-C ends the replay", "dim")
                interrupts.wait()
        for note in running.notes:
            say(note, "yellow")
        return code, running.report()


def recorded_token(cassette: Cassette, service: ServiceProfile) -> dict[str, str]:
    """COMMAND's variable for the token: the cassette's placeholder, if the cassette has one."""
    from harness.services.choice import service_for
    from harness.services.environment import placeholder_environment

    service = service_for(cassette.recorded.origin)
    for exchange in cassette.exchanges:
        for name, value in exchange.request.headers:
            if name == "authorization":
                return placeholder_environment(value.partition(" ")[2], service)
    return {}


def _replay_proxied(
    cassette: Path, loaded: Cassette, command: list[str] | None, how: How, entrance: Entrance, service: ServiceProfile
) -> tuple[int, Report]:
    from harness.proxy.sessions import proxied_replaying

    with (
        Interrupts() as interrupts,
        proxied_replaying(
            loaded, port=entrance.port, ca=entrance.ca, allowed_origins=entrance.origins, profile=service, **how.options
        ) as session,
    ):
        say(f"replaying {cassette} by the proxy {session.address}", "bold")
        with live_page(how.watch, service, f"replay of {cassette.name}"):
            code = serve_proxied(session, command, interrupts, recorded_token(loaded, service))
        report = session.report()
    return check_visitors(session, code), report
