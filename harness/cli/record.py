"""``wiretape record``: a local server in front of the service, which records the traffic."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import typer

from harness.cli import options
from harness.cli.console import fail, say
from harness.cli.entrance import Entrance
from harness.cli.faults import FaultOutcome, fault_plan
from harness.cli.help_text import command_help
from harness.cli.hooks import Hooks, read_hooks
from harness.cli.inputs import secrets_in
from harness.cli.play_rules import head_rules
from harness.cli.profiles import profile_of, with_token
from harness.cli.record_checks import checked
from harness.cli.run_recording import Run, record_proxied, record_served
from harness.cli.upstreams import target_of

if TYPE_CHECKING:
    from harness.profile import ServiceProfile
    from harness.record.head_rules import HeadRules
    from harness.record.options import RecordingOptions
    from harness.redact.vault import Explanation

HELP: Final = command_help(
    "Record a session into a cassette.",
    examples="""
        wiretape record -o chat.yaml -- python app.py
        wiretape record -o chat.yaml --force --pin-date --upstream http://127.0.0.1:8000 -- pytest -q
        wiretape record -o chat.yaml --merge
        wiretape record -o chat.yaml --browser
        wiretape record -o shop.yaml --twice --check --upstream https://api.shop.example -- python client.py
        """,
    about="""
        COMMAND finds the local server's URL in WIRETAPE_URL and WIRETAPE_WS_URL. With --upstream any service can be
        recorded. Without COMMAND the server runs until Ctrl-C.

        A service may name further hosts in its responses, of a socket or an upload. Give each a name: with --upstream
        gateway=wss://HOST its URLs lead to a port of their own, and COMMAND finds it in WIRETAPE_URL_GATEWAY and
        WIRETAPE_WS_URL_GATEWAY, in a replay, too.

        For Copilot, COMMAND finds the URL in COPILOT_BASE_URL, too, and in COPILOT_TOKEN a placeholder, which wiretape
        replaces with your token on the way to the service: COMMAND never has the token.

        With --proxy, COMMAND finds the proxy in HTTPS_PROXY and the certificates to trust in SSL_CERT_FILE and similar
        variables; NO_PROXY is emptied. With --tls-name the server speaks https, and COMMAND finds the certificates,
        too.

        With --browser, a browser opens the service's page in a profile of its own (see `wiretape login`). wiretape
        records what the page exchanges with the service until you close the window.

        wiretape replaces tokens, cookies and session keys before it writes anything.

        Ctrl-C, SIGTERM or SIGHUP end the recording and write the cassette; a second one stops at once. If a cassette
        takes longer than two seconds after SIGTERM, or the recording is killed, a journal stays: `wiretape recover`
        makes the cassette of it.

        With --twice, COMMAND runs two times. The second take goes to a file beside the first one (chat.2.yaml), and
        wiretape suggests a profile from both, as `wiretape profile suggest` does.

        --ignore, --bind and --match-on are written into the cassette, and each replay applies them. A cassette that is
        replaced keeps its own unless you give new ones.
        """,
    exit_codes="COMMAND's; if that is 0: 1 nothing was recorded, no file is written; 2 wrong usage, or the cassette "
    "cannot be written; 3 something is missing from the cassette. With --twice: as `wiretape profile suggest`",
)


def record(
    context: typer.Context,
    output: options.Output,
    command: options.Command = None,
    upstream: options.RecordUpstream = None,
    profile: options.Profile = None,
    env: options.Env = None,
    port: options.Port = 0,
    force: options.Force = False,
    verify: options.Verify = None,
    impersonate: options.Impersonate = None,
    token_for: options.TokenFor = None,
    proxy: options.Proxy = False,
    ca: options.Ca = None,
    allow_origin: options.AllowOrigin = None,
    tls_name: options.TlsName = None,
    browser: options.Browser = False,
    headless: options.Headless = False,
    everything: options.Everything = False,
    merge: options.Merge = False,
    pin_date: options.PinDate = False,
    durable: options.Durable = False,
    learn: options.Learn = None,
    places: options.Redact = None,
    personal: options.RedactPersonal = False,
    ignore: options.Ignore = None,
    bind: options.Bind = None,
    match_on: options.MatchOn = None,
    explain: options.Explain = False,
    twice: options.Twice = False,
    check: options.Check = False,
    fault: options.Fault = None,
    view: options.View = False,
    hooks: options.Hooks = None,
) -> None:
    """Record a session into a cassette."""
    entrance = Entrance.of(port, allow_origin, tls_name, ca, proxy=proxy)
    goal = checked(context, target_of(upstream, profile), impersonate, output, may_exist=force or merge)
    own = read_hooks(hooks)
    service = own.on_profile(_service_of(goal.url, verify, goal.profile, env, token_for))
    redaction = _Redaction(secrets_in(learn), _checked_places(places), personal, explain)
    rules = head_rules(ignore, bind, match_on, service)
    recording = _recording_options(redaction, rules, own, merge=merge, pin_date=pin_date, durable=durable)
    run = Run(output, goal, command, entrance, recording, impersonate, verify, fault_plan(fault), service, view)
    window = (headless, everything) if browser else None
    raise typer.Exit(_recorded(run, window, twice=twice, check=check, proxy=proxy, may_exist=force))


def _recorded(
    run: Run, window: tuple[bool, bool] | None, *, twice: bool, check: bool, proxy: bool, may_exist: bool
) -> int:
    """Record once or twice; returns the exit code.

    Args:
        run: What to record.
        window: The values of ``--headless`` and ``--all`` to record a browser; None for any other client.
    """
    _mention_orphans(run.output)
    if window is not None:
        from harness.cli.record_browser import record_session

        return record_session(run, headless=window[0], everything=window[1])
    record_once = record_proxied if proxy else record_served
    if twice:
        from harness.cli.record_twice import record_twice

        return record_twice(run, record_once, check=check, proxy=proxy, may_exist=may_exist)
    return FaultOutcome(run.faults).report(record_once(run))


class _Redaction(NamedTuple):
    """What the user wants replaced in the cassette.

    Attributes:
        secrets: Values that are secret wherever they occur.
        places: Further places of secrets.
        personal: Whether to replace personal data, too.
        explain: Whether to print each replacement and its reason.
    """

    secrets: tuple[str, ...]
    places: tuple[str, ...]
    personal: bool
    explain: bool


def _recording_options(
    redaction: _Redaction, rules: HeadRules, hooks: Hooks, *, merge: bool, pin_date: bool, durable: bool
) -> RecordingOptions:
    from harness.record.options import RecordingOptions, SaveOptions

    return RecordingOptions(
        save=SaveOptions(mode="append" if merge else "replace", pin_date=pin_date),
        durable=durable,
        secrets=redaction.secrets,
        redact=redaction.places,
        redact_personal=redaction.personal,
        rules=rules,
        hooks=hooks.for_recording(),
        explain=_explain if redaction.explain else None,
        on_trouble=fail,  # from the thread that records, while COMMAND runs
    )


def _service_of(
    upstream: str, verify: str | None, name: str | None, env: list[str] | None, token_for: str | None
) -> ServiceProfile:
    from harness.relay.about import describe_origin
    from provider.transport.types import Settings

    found = profile_of(describe_origin(upstream, Settings(verify=verify or True)), name, env or ())
    return with_token(found, upstream, token_for)


def _checked_places(places: list[str] | None) -> tuple[str, ...]:
    """The places of ``--redact``, checked before COMMAND runs.

    Raises:
        CustomPlaceError: One is not written as a place.
    """
    from harness.redact.detect.custom_places import CustomPlaces

    CustomPlaces(places or ())
    return tuple(places or ())


def _explain(explanations: tuple[Explanation, ...]) -> None:
    for each in explanations:
        say(str(each), "dim")
    if not explanations:
        say("nothing was replaced", "dim")


def _mention_orphans(output: Path) -> None:
    """Print how to recover each journal of a killed earlier recording of this cassette; delete journals of no use."""
    from harness.record.state_dir import orphaned_journals, tidy, tidy_beside

    tidy()
    tidy_beside(output)
    for each in orphaned_journals(output):
        say(f"an earlier recording of {output} was cut off: wiretape recover {each.path}", "yellow")
