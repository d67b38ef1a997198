"""``wiretape replay``: answers clients from a cassette."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from harness.cli.command import Interrupts, environment
from harness.cli.console import say
from harness.errors import HarnessError
from harness.replay.pace import Speed


class SpeedError(HarnessError):
    """The speed is none."""


def replay(
    cassette: Annotated[Path, typer.Argument(help="The cassette to play.")],
    command: Annotated[
        list[str] | None, typer.Argument(help="COMMAND to run against it.", metavar="[-- COMMAND...]")
    ] = None,
    speed: Annotated[str, typer.Option(help="instant, recorded, or how many times as fast.")] = "instant",
    deadline: Annotated[float, typer.Option(help="Seconds a client may take for anything.", min=0.01)] = 5.0,
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes a free one.", min=0, max=65535)] = 0,
) -> None:
    """Answer clients from a cassette; nothing leaves this machine.

    COMMAND finds the server in COPILOT_BASE_URL (also WIRETAPE_URL and WIRETAPE_WS_URL). The exit code is COMMAND's;
    if that is 0, it is 1 when the session did not go as recorded. Without COMMAND the server runs until Ctrl-C.
    """
    from harness.sessions import replaying

    code = 0
    waits = deadline if command else None
    with (
        Interrupts() as interrupts,
        replaying(cassette, speed=parse_speed(speed), deadline=waits, port=port) as running,
    ):
        say(f"replaying {cassette} at {running.url}", "bold")
        if command:
            code = interrupts.run(command, environment(running.url))
        else:
            say("Ctrl-C ends the replay", "dim")
            interrupts.wait()
        report = running.report()
    if report.problems:
        sys.stderr.write(report.text(color=sys.stderr.isatty()).rstrip("\n") + "\n")
    if report.ok:
        say(f"replayed {report.played} of {report.total} exchanges", "green")
    raise typer.Exit(code or (0 if report.ok else 1))


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
