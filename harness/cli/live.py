"""``wiretape live``: recording the live service, and comparing it with the cassettes. Opt-in, with your own account."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from harness.cli.console import fail, say
from harness.errors import HarnessError

app = typer.Typer(help="Record the live service, and compare it with cassettes (opt-in, your own account).")

UPSTREAM = "https://copilot.microsoft.com"
_HOW = (
    "This talks to the live service with your own account. Sign in at https://copilot.microsoft.com, send a message, "
    "copy what follows `Bearer ` in a request's authorization header (network panel) into COPILOT_TOKEN, and run it "
    "again with --yes-live."
)


class NotAllowedError(HarnessError):
    """The user has not said yes to a live run."""


def check_allowed(upstream: str, yes: bool) -> str | None:
    """The token to use.

    Raises:
        NotAllowedError: It is a live run without consent, or without a token.
    """
    token = os.environ.get("COPILOT_TOKEN")
    if upstream == UPSTREAM and not (yes and token):
        raise NotAllowedError(_HOW)
    return token


Prompts = Annotated[Path, typer.Argument(help="A YAML list of prompts.")]
Upstream = Annotated[str, typer.Option(help="Origin of the service.", metavar="URL")]
Yes = Annotated[bool, typer.Option("--yes-live", help="Yes, talk to the live service with my account.")]
Pause = Annotated[float, typer.Option(help="Seconds between turns; the live service gets at least 6.", min=0.0)]
Generation = Annotated[str, typer.Option(help="Generation of the protocol.")]


@app.command("record")
def record(
    prompts: Prompts = Path("cassettes/prompts.yaml"),
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for the cassettes.")] = Path("cassettes/live"),
    upstream: Upstream = UPSTREAM,
    yes: Yes = False,
    pause: Pause = 6.0,
    generation: Generation = "2026",
) -> None:
    """Record a list of prompts, one cassette each: one turn at a time, ending at the first challenge or 429."""
    from harness.copilot.live import PAUSE, Plan, run
    from harness.copilot.prompts import load_prompts

    token = check_allowed(upstream, yes)
    wanted = load_prompts(prompts)
    output.mkdir(parents=True, exist_ok=True)
    apart = max(pause, PAUSE) if upstream == UPSTREAM else pause
    plan = Plan(prompts=wanted, upstream=upstream, folder=output, token=token, generation=generation, pause=apart)
    failed = 0
    for number, outcome in enumerate(run(plan), 1):
        style = {"recorded": "green", "failed": "yellow", "stopped": "red"}[outcome.state]
        why = f": {outcome.error}" if outcome.error else ""
        say(f"[{number}/{len(wanted)}] {outcome.prompt.name}: {outcome.state} into {outcome.path}{why}", style)
        failed += outcome.state != "recorded"
    raise typer.Exit(1 if failed else 0)


@app.command("compare")
def compare_with(
    prompts: Prompts = Path("cassettes/prompts.yaml"),
    against: Annotated[Path, typer.Option(help="Folder of the cassettes to compare with.")] = Path("cassettes/live"),
    upstream: Upstream = UPSTREAM,
    yes: Yes = False,
    pause: Pause = 6.0,
    generation: Generation = "2026",
) -> None:
    """Run the same prompts again, and tell what has changed in their shape: calls, statuses, events, fields."""
    from harness.cassette.store import load
    from harness.compare.verify import Comparison, compare
    from harness.copilot.live import PAUSE, Plan, run
    from harness.copilot.prompts import load_prompts
    from harness.services.copilot import COPILOT

    token = check_allowed(upstream, yes)
    wanted = [prompt for prompt in load_prompts(prompts) if (against / f"{prompt.name}.yaml").is_file()]
    if not wanted:
        fail(f"no cassette in {against} belongs to a prompt of {prompts}: record them first")
        raise typer.Exit(2)
    changed = 0
    apart = max(pause, PAUSE) if upstream == UPSTREAM else pause
    with tempfile.TemporaryDirectory() as fresh:
        plan = Plan(
            prompts=wanted, upstream=upstream, folder=Path(fresh), token=token, generation=generation, pause=apart
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
