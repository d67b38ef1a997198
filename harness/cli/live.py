"""``wiretape live``: recordings of the live service, with the user's consent and account."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from harness.cli import options
from harness.cli.console import fail, say
from harness.cli.help_text import PlainCommand, PlainGroup, command_help
from harness.errors import HarnessError

app = typer.Typer(
    cls=PlainGroup,
    help="Record the live service with your own account, and compare it with cassettes.",
    add_completion=False,
)

_HOW = (
    "This uses the live service with your own account. Sign in at https://copilot.microsoft.com, send a message, "
    "copy what follows `Bearer ` in a request's authorization header (network panel) into COPILOT_TOKEN, and run it "
    "again with --yes-live."
)


class NotAllowedError(HarnessError):
    """A live run lacks the user's consent or token."""


def check_allowed(upstream: str, yes: bool) -> str | None:
    """The token to use; None for an anonymous run against another server.

    Raises:
        NotAllowedError: It is a live run without consent, or without a token.
    """
    token = os.environ.get("COPILOT_TOKEN")
    if upstream == options.UPSTREAM and not (yes and token):
        raise NotAllowedError(_HOW)
    return token


Prompts = Annotated[Path, typer.Argument(help="A YAML list of prompts.")]


@app.command(
    "record",
    cls=PlainCommand,
    help=command_help(
        "Record a list of prompts, one cassette each.",
        examples="wiretape live record cassettes/prompts.yaml --yes-live",
        about="""
            wiretape asks one prompt at a time, slowly, and stops at the first challenge or 429.
            """,
        exit_codes="0 all recorded; 1 a prompt was not recorded; 2 no consent, or no token",
    ),
)
def record(
    prompts: Prompts = Path("cassettes/prompts.yaml"),
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for the cassettes.", metavar="FOLDER")] = Path(
        "cassettes/live"
    ),
    upstream: options.Upstream = options.UPSTREAM,
    yes: options.YesLive = False,
    pause: options.Pause = 6.0,
    generation: options.Generation = "2026",
) -> None:
    """Record a list of prompts, one cassette each."""
    from harness.copilot.live import LivePlan, run
    from harness.copilot.prompts import load_prompts

    token = check_allowed(upstream, yes)
    wanted = load_prompts(prompts)
    output.mkdir(parents=True, exist_ok=True)
    plan = LivePlan(
        prompts=wanted,
        upstream=upstream,
        folder=output,
        token=token,
        generation=generation,
        pause=_allowed_pause(upstream, pause),
    )
    failed = 0
    for number, outcome in enumerate(run(plan), 1):
        style = {"recorded": "green", "failed": "yellow", "stopped": "red"}[outcome.state]
        why = f": {outcome.error}" if outcome.error else ""
        say(f"[{number}/{len(wanted)}] {outcome.prompt.name}: {outcome.state} into {outcome.path}{why}", style)
        failed += outcome.state != "recorded"
    raise typer.Exit(1 if failed else 0)


@app.command(
    "compare",
    cls=PlainCommand,
    help=command_help(
        "Ask the same prompts again, and compare the shape of the sessions.",
        examples="wiretape live compare cassettes/prompts.yaml --yes-live",
        about="""
            The shape is the requests, statuses, events and fields. Texts, ids and times may differ.
            """,
        exit_codes="0 as recorded; 1 the service has changed; 2 no consent, no token, or nothing to compare",
    ),
)
def compare_with(
    prompts: Prompts = Path("cassettes/prompts.yaml"),
    against: Annotated[Path, typer.Option(help="Folder of the cassettes to compare with.", metavar="FOLDER")] = Path(
        "cassettes/live"
    ),
    upstream: options.Upstream = options.UPSTREAM,
    yes: options.YesLive = False,
    pause: options.Pause = 6.0,
    generation: options.Generation = "2026",
) -> None:
    """Send the same prompts to the service again, and compare the recordings in shape with the earlier ones."""
    from harness.cassette.store import load
    from harness.compare.verify import Comparison, compare
    from harness.copilot.live import LivePlan, run
    from harness.copilot.prompts import load_prompts
    from harness.services.copilot import COPILOT

    token = check_allowed(upstream, yes)
    wanted = [prompt for prompt in load_prompts(prompts) if (against / f"{prompt.name}.yaml").is_file()]
    if not wanted:
        fail(f"no cassette in {against} belongs to a prompt of {prompts}: run `wiretape live record` first")
        raise typer.Exit(2)
    changed = 0
    with tempfile.TemporaryDirectory() as fresh:
        plan = LivePlan(
            prompts=wanted,
            upstream=upstream,
            folder=Path(fresh),
            token=token,
            generation=generation,
            pause=_allowed_pause(upstream, pause),
        )
        for outcome in run(plan):
            known = load(against / f"{outcome.prompt.name}.yaml")
            found = Comparison() if outcome.cassette is None else compare(known, outcome.cassette, COPILOT)
            failed = outcome.state != "recorded"
            is_same = found.ok and not failed
            say(f"{outcome.prompt.name}: {'as recorded' if is_same else 'changed'}", "green" if is_same else "red")
            rows = found.text().splitlines() if found.differences else []
            for row in [*rows, f"! {outcome.error}"] if failed else rows:
                say(f"  {row}")
            changed += not is_same
    raise typer.Exit(1 if changed else 0)


def _allowed_pause(upstream: str, pause: float) -> float:
    """Seconds between two prompts: as asked for, but never short for the live service."""
    from harness.copilot.live import PAUSE

    return max(pause, PAUSE) if upstream == options.UPSTREAM else pause
