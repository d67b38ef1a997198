"""``wiretape record --twice``: two takes of one command, and the profile that they call for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli.console import fail, say
from harness.cli.profile_suggest import print_suggestion
from harness.cli.run_recording import Run
from harness.errors import HarnessError

if TYPE_CHECKING:
    from harness.suggest.suggestion import Suggestion


class SecondTakeError(HarnessError):
    """The file of the second take exists already."""


def record_twice(run: Run, record: Callable[[Run], int], *, check: bool, proxy: bool, may_exist: bool) -> int:
    """Record a command two times, and print the profile that the takes call for; returns the exit code.

    Args:
        run: The first recording; the second one goes to a file beside it.
        record: Records a run, and returns its exit code.
        check: Whether to replay the first take to a third run of the command.
        proxy: Whether the recording is made as a forward proxy.
        may_exist: Whether an existing second take is replaced.

    Raises:
        SecondTakeError: The file of the second take exists already.
    """
    second = second_take(run.output)
    if second.exists() and not may_exist:
        raise SecondTakeError(
            f"{second}, the file of the second take, exists already; --force replaces it and the file of the first take"
        )
    for number, each in enumerate((run, replace(run, output=second)), 1):
        code = record(each)
        if code:
            fail(f"take {number} of 2 ended with exit code {code}: no profile is suggested")
            return code
    found = print_suggestion([run.output, second], run.service)
    code = 1 if found.remaining else 0
    return _checked(run, found, proxy=proxy) if check else code


def second_take(path: Path) -> Path:
    """The file of the second take: ``shop.2.yaml`` beside ``shop.yaml``."""
    return path.with_name(f"{path.stem}.2{path.suffix}")


def _checked(run: Run, found: Suggestion, *, proxy: bool) -> int:
    """Play the first take to a third run of the command, with the suggested rules; returns the exit code."""
    from harness.cassette.store import load
    from harness.cli.replay import How, played

    say("replaying the first take to a third run, with the suggested rules", "bold")
    rules = found.places.play_rules
    how = How(speed="instant", deadline=5.0, clock="now", rules=rules, faults=run.faults)
    cassette = load(run.output)
    return played(
        run.output, cassette, run.command, how, run.entrance, found.on_profile(run.service), proxy=proxy, verbose=False
    )
