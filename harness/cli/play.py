"""``wiretape play``: a cassette's client against a running service."""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias
from urllib.parse import urlsplit

import typer

from harness.cli import options
from harness.cli.console import say
from harness.cli.help_text import command_help
from harness.cli.outputs import refuse_existing, refuse_input
from harness.errors import HarnessError

if TYPE_CHECKING:
    from harness.play.comparing import PlayFinding
    from harness.play.play import PlayedSession, PreparedClient

HELP: Final = command_help(
    "Play a cassette's client to a running service, and compare the answers.",
    examples="""
        wiretape play chat.yaml --to http://127.0.0.1:8000
        wiretape play chat.yaml --to http://127.0.0.1:8000 --secret token-1=API_KEY -o fresh.yaml
        wiretape play chat.yaml --to https://staging.example.com --secret token-1=API_KEY --yes-live
        """,
    about="""
        wiretape sends the recorded requests and messages, each as soon as the service has sent what the client had
        received before it. Ids, tokens and cookies that the service issues replace the recorded ones. For a secret
        that the cassette does not hold, name the environment variable that has it.

        The comparison takes statuses, events, fields and types, and no times or texts; --values lists other values,
        too. A service on another machine needs --yes-live, and gets one session, at the recorded speed.
        """,
    exit_codes="0 the service answered as recorded, or with further fields; 1 it did not; 2 wrong usage, a secret is "
    "missing, or the cassette cannot be read",
)

To: TypeAlias = Annotated[str, typer.Option("--to", help="Base URL of the service.", metavar="URL")]
FurtherUpstreams: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--upstream", help="URL of a further upstream of the session. Repeatable.", metavar="NAME=URL"),
]
Secrets: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--secret", help="Send this variable's value for a placeholder: token-1=API_KEY. Repeatable.",
        metavar="NAME=VARIABLE",
    ),
]  # fmt: skip
SendPlaceholders: TypeAlias = Annotated[
    bool, typer.Option("--send-placeholders", help="Send placeholders without a --secret as they are.")
]
FreshIds: TypeAlias = Annotated[
    bool, typer.Option("--fresh-ids", help="Send new UUIDs in place of those that the client made, in each session.")
]
Deadline: TypeAlias = Annotated[
    float,
    typer.Option(
        help="Seconds to wait in silence for the service, beyond the time that it took in the recording.",
        min=0.01,
        metavar="SECONDS",
    ),
]
PlaySpeed: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--speed",
        help="How fast the client acts: instant, recorded, or a factor; by default instant on this machine.",
        metavar="SPEED",
    ),
]


Limit: TypeAlias = Annotated[
    float, typer.Option(help="Longest duration of a whole session.", min=0.01, metavar="SECONDS")
]
Output: TypeAlias = Annotated[
    Path | None, typer.Option("--output", "-o", help="Write the session as a cassette, redacted.", metavar="FILE")
]
OtherValues: TypeAlias = Annotated[
    bool, typer.Option("--values", help="List values that differ, too, not only differences in shape.")
]
YesLive: TypeAlias = Annotated[
    bool, typer.Option("--yes-live", help="Yes, play the session to a service on another machine.")
]


class PlayOptionError(HarnessError):
    """An option of ``wiretape play`` or ``wiretape load`` has a value that the command does not take."""


def play(
    cassette: options.Cassette,
    to: To,
    upstream: FurtherUpstreams = None,
    secret: Secrets = None,
    send_placeholders: SendPlaceholders = False,
    fresh_ids: FreshIds = False,
    speed: PlaySpeed = None,
    deadline: Deadline = 10.0,
    limit: Limit = 600.0,
    output: Output = None,
    values: OtherValues = False,
    verify: options.Verify = None,
    profile: options.Profile = None,
    yes_live: YesLive = False,
    as_json: options.AsJson = False,
    force: options.Force = False,
) -> None:
    """Play a cassette's client to a running service."""
    from harness.play.comparing import findings
    from harness.play.play import play as play_once

    if output is not None:
        refuse_input(output, cassette)
        refuse_existing(output, force=force)
    how = ClientChoices(
        to, upstream, secret, speed, deadline, limit, verify, profile,
        sends_placeholders=send_placeholders, allows_live=yes_live, fresh_ids=fresh_ids,
    )  # fmt: skip
    client = prepared_client(cassette, how)
    played = play_once(client)
    found = findings(client, played, values=values)
    if output is not None:
        _write(client, played, output)
    if as_json:
        sys.stdout.write(json.dumps(_as_data(client, played, found), indent=2) + "\n")
    else:
        sys.stdout.writelines(f"{each}\n" for each in found)
    failed = sum(each.is_failure for each in found)
    sent = sum(each.at is not None for each in played.observed)
    verdict = f"{failed} differences" if failed != 1 else "1 difference"
    if failed and output is not None:
        say(f"see both: {shlex.join(['wiretape', 'view', str(cassette), str(output)])}", "dim")
    to_whom = f"played {sent} of {len(played.observed)} exchanges to {client.targets.main.origin}"
    say(f"{to_whom}: {verdict}", "red" if failed else "green")
    raise typer.Exit(1 if failed else 0)


@dataclass(frozen=True, slots=True)
class ClientChoices:
    """The options of ``wiretape play`` and ``wiretape load`` that say how a client is played, as the user gave them."""

    to: str
    upstream: Sequence[str] | None
    secret: Sequence[str] | None
    speed: str | None
    deadline: float
    limit: float
    verify: str | None
    profile: str | None
    sends_placeholders: bool = False
    allows_live: bool = False
    fresh_ids: bool = False


def prepared_client(path: Path, choices: ClientChoices) -> PreparedClient:
    """The client of a cassette, ready to be played.

    Raises:
        HarnessError: An option or the cassette is wrong, or a secret is missing.
    """
    from harness.cassette.store import load
    from harness.cli.profiles import profile_of
    from harness.cli.speed import parse_speed
    from harness.origins import is_loopback
    from harness.play.client_session import PlayOptions
    from harness.play.play import prepared
    from harness.play.targets import targets_for
    from harness.replay.pace import Pace

    loaded = load(path)
    service = profile_of(loaded.recorded.origin, choices.profile)
    further = _named("--upstream", "NAME=URL", choices.upstream)
    targets = targets_for(loaded, service, choices.to, further, allows_live=choices.allows_live)
    is_local = is_loopback(urlsplit(targets.main.origin).hostname)
    how = PlayOptions(
        pace=Pace.of(parse_speed(choices.speed or ("instant" if is_local else "recorded"))),
        deadline=choices.deadline,
        limit=choices.limit,
        secrets=secrets_of(choices.secret),
        verify=choices.verify or True,
    )
    return prepared(
        loaded, service, targets, how, sends_placeholders=choices.sends_placeholders, renews_uuids=choices.fresh_ids
    )


def _named(option: str, form: str, given: Sequence[str] | None) -> dict[str, str]:
    found: dict[str, str] = {}
    for each in given or ():
        name, equals, value = each.partition("=")
        if not equals or not name or not value:
            raise PlayOptionError(f"{option} takes {form}")  # its text may hold a secret that was given by mistake
        found[name] = value
    return found


def secrets_of(given: Sequence[str] | None) -> dict[str, str]:
    """Name of a placeholder -> the secret in the variable that ``--secret`` names.

    Raises:
        PlayOptionError: A value has another form, or a variable is not set.
    """
    found: dict[str, str] = {}
    for name, variable in _named("--secret", "NAME=VARIABLE, such as token-1=API_KEY", given).items():
        value = os.environ.get(variable)
        if not value:
            raise PlayOptionError(f"--secret {name}=..: the environment has no variable of that name, or it is empty")
        found[name.removeprefix("wiretape-")] = value
    return found


def _write(client: PreparedClient, played: PlayedSession, output: Path) -> None:
    from harness.play.play import redactor_of
    from harness.record.save import write_checked

    write_checked(played.fresh, output, redactor_of(client))
    say(f"wrote {output}", "dim")


def _as_data(client: PreparedClient, played: PlayedSession, found: Sequence[PlayFinding]) -> dict[str, object]:
    return {
        "to": client.targets.main.origin,
        "exchanges": len(played.observed),
        "sent": sum(each.at is not None for each in played.observed),
        "as_recorded": not any(each.is_failure for each in found),
        "findings": [
            {"kind": each.kind, "exchange": each.exchange, "label": each.label, "text": each.text} for each in found
        ],
    }
