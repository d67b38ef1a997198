"""``wiretape drift``: how a service has changed since older recordings."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.table import Table

from harness.cli import options
from harness.cli.command import OptionConflictError
from harness.cli.console import say, stdout
from harness.cli.help_text import command_help
from harness.printable import one_line

if TYPE_CHECKING:
    from harness.drift.drift import Drift
    from harness.drift.findings import Finding
    from harness.profile import ServiceProfile

HELP: Final = command_help(
    "Grade what recordings show of the service, compared with older ones.",
    examples="""
        wiretape drift shop.2.yaml --against shop.yaml    any service, by two recordings
        wiretape drift fresh.yaml                         against the cassettes in cassettes/
        wiretape drift recordings/ --against fake         does the fake still behave like the service?
        wiretape drift cassettes/live --live --yes-live   ask the live service the same questions again
        """,
    about="""
        breaking: something that our client reads is gone or has changed. new: the service sends more than before.
        harmless: something that our client does not read is gone or has changed.

        Of Copilot, our client is this package's. Of any other service, it counts as read what each older recording has.
        `--against fake` and --live are for Copilot.

        docs/drift.md has a scheduled job to copy.
        """,
    exit_codes="0 no finding as bad as --fail-on; 1 there is one; 2 a recording cannot be read",
)
_SHADES = {"breaking": "red", "new": "yellow", "harmless": "dim"}
_FAKE = "fake"
_MOST_SEEN = 3


class FailOn(StrEnum):
    """The grade from which on the exit code is 1."""

    BREAKING = "breaking"
    NEW = "new"
    HARMLESS = "harmless"
    NEVER = "never"


def drift(
    fresh: Annotated[
        list[Path], typer.Argument(help="Recordings to grade: cassettes, or folders of them.", metavar="NEW...")
    ],
    against: Annotated[
        str,
        typer.Option(
            help="Recordings to compare with: a cassette, a folder, or `fake` (`fake:2025-10`).", metavar="WHAT"
        ),
    ] = "cassettes",
    generation: Annotated[
        str | None,
        typer.Option(help="Generation of the fake, or of its recordings where there are no others.", metavar="NAME"),
    ] = None,
    live: Annotated[
        bool, typer.Option("--live", help="Ask the live service the questions of NEW again, and grade its answers.")
    ] = False,
    yes: options.YesLive = False,
    upstream: options.Upstream = options.UPSTREAM,
    pause: options.Pause = 6.0,
    fail_on: Annotated[FailOn, typer.Option(help="The grade from which on the exit code is 1.")] = FailOn.BREAKING,
    as_json: options.AsJson = False,
    profile: options.Profile = None,
) -> None:
    """Grade recordings against older ones."""
    from harness.copilot.fake_baseline import drift_from_fake

    service = _service_of(fresh, profile)
    is_copilot = service.name == "copilot"
    if not is_copilot and (live or against.partition(":")[0] == _FAKE):
        raise OptionConflictError(f"--live and --against fake are for Copilot; these are recordings of {service.name}")
    if live:
        found = _live(fresh, upstream=upstream, yes=yes, pause=pause)
    elif against == _FAKE or against.startswith(f"{_FAKE}:"):
        chosen = against.partition(":")[2] or generation
        found = drift_from_fake(fresh, generation=chosen, on_step=lambda name: _progress(f"the fake plays {name}"))
    else:
        found = _from_recordings(fresh, [Path(against)], service, generation)
    if as_json:
        stdout().print(json.dumps(_as_data(found), ensure_ascii=True, indent=2))
    else:
        _print(found)
    is_bad = fail_on is not FailOn.NEVER and found.is_as_bad_as(fail_on.value)
    raise typer.Exit(1 if is_bad else 0)


def _service_of(fresh: list[Path], name: str | None) -> ServiceProfile:
    """The profile of the recordings to grade: that of the first one that says where it is from."""
    from harness.cli.profiles import profile_of
    from harness.drift.evidence import origin_of

    return profile_of(origin_of(fresh), name)


def _from_recordings(fresh: list[Path], known: list[Path], service: ServiceProfile, generation: str | None) -> Drift:
    from harness.copilot.reads import copilot_reads
    from harness.drift.drift import drift_from_recordings

    reads = copilot_reads() if service.name == "copilot" else None
    return drift_from_recordings(fresh, known, profile=service, reads=reads, generation=generation)


def _live(known: list[Path], *, upstream: str, yes: bool, pause: float) -> Drift:
    from harness.cli.live import check_allowed
    from harness.copilot.ask_again import ask_again
    from harness.copilot.live import PAUSE
    from harness.copilot.reads import copilot_reads
    from harness.drift.drift import drift_of
    from harness.drift.evidence import load_sources
    from harness.services.copilot import COPILOT

    token = check_allowed(upstream, yes)
    sources = load_sources(known, COPILOT)
    apart = max(pause, PAUSE) if upstream == options.UPSTREAM else pause
    with tempfile.TemporaryDirectory(prefix="wiretape-drift-") as folder:
        asked = ask_again(
            sources,
            upstream=upstream,
            token=token,
            folder=Path(folder),
            pause=apart,
            on_step=lambda line: say(line, "dim"),
        )
        return drift_of(asked, sources, COPILOT, copilot_reads())


def _progress(line: str) -> None:
    if sys.stderr.isatty():
        say(line, "dim")


def _as_data(found: Drift) -> dict[str, object]:
    from dataclasses import asdict

    from harness.drift.findings import GRADES

    return {
        "findings": [asdict(each) for each in found.findings],
        "counts": {grade: found.count(grade) for grade in GRADES},
        "graded": found.graded,
        "learnt": found.learnt,
        "remarks": found.remarks,
    }


def _print(found: Drift) -> None:
    from harness.drift.findings import GRADES

    for remark in found.remarks:
        say(remark, "dim")
    if found.findings:
        table = Table(box=None, pad_edge=False, show_edge=False)
        for title in ("grade", "where", "what"):
            table.add_column(title, overflow="fold")
        for each in found.findings:
            table.add_row(*_cells(each), style=_SHADES[each.grade])
        stdout().print(table)
    counts = ", ".join(f"{found.count(each)} {each}" for each in GRADES)
    shade = next((_SHADES[each] for each in GRADES if found.count(each)), "green")
    graded = f"{len(found.graded)} recording{'s' if len(found.graded) != 1 else ''}"
    say(f"{graded} graded: {counts}", shade)


def _cells(each: Finding) -> Iterator[str]:
    yield each.grade
    yield one_line(f"{each.where} {each.what} {each.field}".strip(), 300)
    more = f" and {len(each.seen) - _MOST_SEEN} more" if len(each.seen) > _MOST_SEEN else ""
    yield one_line(f"{each.text} [{', '.join(each.seen[:_MOST_SEEN])}{more}]", 900)
