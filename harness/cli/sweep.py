"""``wiretape sweep``: every fault at every place of a session, and what the program makes of it."""

from __future__ import annotations

import json
import shlex
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias

import typer

from harness.cli import options
from harness.cli.command import environment, with_own_variables
from harness.cli.console import say
from harness.cli.help_text import command_help
from harness.errors import HarnessError

if TYPE_CHECKING:
    from harness.cassette.model import Cassette
    from harness.sweep.running import Program
    from harness.sweep.sweep import Judged

HELP: Final = command_help(
    "Break a recorded session at every place, and judge how a program takes it.",
    examples="""
        wiretape sweep chat.yaml -- python app.py
        wiretape sweep chat.yaml --faults cut,lose --allow 'wrong success' -- python app.py
        wiretape sweep chat.yaml --junit sweep.xml --html sweep.html -- python app.py
        wiretape sweep chat.yaml --budget 30 --seed 7 --json -- node app.js > verdicts.json
        """,
    about="""
        COMMAND runs three times without a fault, and must end with 0 and print the same; lines that vary are not
        compared. Then it runs once for each fault and place, answered from the cassette. Places are thinned by kind of
        message: the first and the last of each.

        Verdicts: recovered (exit code 0 and the output of a clean run), clean error (another exit code), wrong success
        (exit code 0 and another output), hung, crashed (a signal, or an uncaught exception), stormed (more
        than ten requests within a second), Retry-After ignored, leaked socket (an earlier socket stays open beside its
        successor), close unanswered, doubled text and lost text (exit code 0 after another attempt, and words came
        twice, or are missing), not struck (the run never came to the place).

        Each line names the rule: `wiretape replay chat.yaml --fault RULE -- COMMAND` repeats that run.
        """,
    exit_codes="0 every verdict is recovered, clean error, not struck or allowed; 1 some other verdict; 2 wrong usage, "
    "or COMMAND fails without a fault",
)
_COLOURS: Final = {"recovered": "green", "clean error": "green", "not struck": "dim"}


class SweepOptionError(HarnessError):
    """An option of the sweep has an unknown name, or a file that cannot be written."""


Faults: TypeAlias = Annotated[
    str | None, typer.Option("--faults", help="Only these faults, with commas: cut,lose.", metavar="NAMES")
]
Allow: TypeAlias = Annotated[
    str | None, typer.Option("--allow", help="Verdicts that are fine, with commas: 'wrong success'.", metavar="NAMES")
]
Budget: TypeAlias = Annotated[
    int | None, typer.Option("--budget", help="At most so many runs, chosen by the seed.", min=1, metavar="NUMBER")
]
Seed: TypeAlias = Annotated[
    int, typer.Option("--seed", help="Seed of the choice by --budget.", min=0, metavar="NUMBER")
]
Workers: TypeAlias = Annotated[
    int, typer.Option("--workers", "-n", help="How many runs at once.", min=1, max=64, metavar="NUMBER")
]
Timeout: TypeAlias = Annotated[
    float | None,
    typer.Option(
        "--timeout",
        help="Seconds of a run; by default five times a clean one, at least 10.",
        min=0.1,
        max=3600,
        metavar="SECONDS",
    ),
]
Junit: TypeAlias = Annotated[Path | None, typer.Option("--junit", help="Write JUnit XML, for CI.", metavar="FILE")]
Html: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--html", help="Write a heat map: faults by places; a bad verdict leads to its session.", metavar="FILE"
    ),
]

Svg: TypeAlias = Annotated[
    Path | None, typer.Option("--svg", help="Write all verdicts as one picture.", metavar="FILE")
]


def sweep(
    cassette: options.Cassette,
    command: options.Command = None,
    faults: Faults = None,
    allow: Allow = None,
    budget: Budget = None,
    seed: Seed = 1,
    workers: Workers = 2,
    timeout: Timeout = None,
    junit: Junit = None,
    html: Html = None,
    svg: Svg = None,
    as_json: options.AsJson = False,
) -> None:
    """Run a program against a recorded session once for each fault at each place, and judge how it copes.

    Raises:
        HarnessError: A name is unknown, the cassette cannot be read, or COMMAND fails without a fault.
    """
    from harness.cassette.store import load
    from harness.sweep.points import rules_for, thinned
    from harness.sweep.sweep import CLEAN_RUNS, clean_runs
    from harness.sweep.sweep import sweep as run_sweep

    for each in (junit, html, svg):
        _check_folder(each)
    allowed = _allowed(allow)
    only = _fault_names(faults)
    program = _program(load(cassette), command, keeps_sessions=html is not None)
    rules = thinned(rules_for(program.cassette, program.profile, only), budget, seed)
    if not rules:
        raise SweepOptionError(
            f"none of the chosen faults can happen in {cassette}: name others with --faults, or record a session "
            "with more traffic"
        )
    say(f"running COMMAND {CLEAN_RUNS} times without a fault", "dim")
    clean = clean_runs(program)
    if clean.varying:
        say(f"{clean.varying} lines of the output vary without a fault: they are not compared", "yellow")
    say(f"{len(rules)} runs with a fault", "dim")
    judged = run_sweep(
        program, rules, clean, workers=workers, deadline=timeout, on_verdict=_say_verdict if not as_json else _progress
    )
    if as_json:
        print(json.dumps([_as_data(each) for each in judged], indent=2))
    bad = [each for each in judged if each.verdict not in allowed]
    _sum_up(judged, bad, cassette, program)  # before the files: the disk may be full
    _write(judged, allowed, junit, svg, cassette.name)
    if html is not None:
        _write_heat_map(judged, bad, program, html, cassette.name)
    raise typer.Exit(1 if bad else 0)


def _program(cassette: Cassette, command: list[str] | None, *, keeps_sessions: bool) -> Program:
    from harness.cli.profiles import profile_of
    from harness.cli.replay import recorded_token
    from harness.sweep.running import Program

    if not command:
        raise SweepOptionError("sweep needs a COMMAND: wiretape sweep chat.yaml -- python app.py")
    service = profile_of(cassette.recorded.origin)
    token = recorded_token(cassette, service)

    def variables(url: str, upstreams: Mapping[str, str]) -> dict[str, str]:
        return with_own_variables({**environment(url, service, upstreams), **token})

    return Program(
        command=command, environment=variables, cassette=cassette, profile=service, keeps_sessions=keeps_sessions
    )


def _allowed(text: str | None) -> frozenset[str]:
    from harness.sweep.verdicts import GOOD, VERDICTS

    named = [each.strip() for each in (text or "").split(",") if each.strip()]
    for each in named:
        if each not in VERDICTS:
            raise SweepOptionError(f"--allow: no verdict is named {each!r}: expected one of {', '.join(VERDICTS)}")
    return GOOD | frozenset(named)


def _fault_names(text: str | None) -> list[str]:
    from harness.faults.table import FAULTS, unknown_fault

    named = [each.strip() for each in (text or "").split(",") if each.strip()]
    for each in named:
        if each not in FAULTS:
            raise SweepOptionError(f"--faults: {unknown_fault(each)}")
    return named


def _check_folder(path: Path | None) -> None:
    """Raise an error before the sweep's runs if a report could not be written after them."""
    if path is not None and (path.is_dir() or not path.parent.is_dir()):
        raise SweepOptionError(f"cannot write {path}: {'it is a folder' if path.is_dir() else 'its folder is missing'}")


def _write(judged: list[Judged], allowed: frozenset[str], junit: Path | None, svg: Path | None, title: str) -> None:
    from harness.sweep.heat_map_svg import heat_map_svg
    from harness.sweep.reports import junit_xml
    from harness.whole_files import write_whole

    if junit is not None:
        write_whole(junit, junit_xml(judged, allowed))
        say(f"wrote {junit}", "dim")
    if svg is not None:
        write_whole(svg, heat_map_svg(judged, title))
        say(f"wrote {svg}", "dim")


def _write_heat_map(judged: list[Judged], bad: list[Judged], program: Program, html: Path, title: str) -> None:
    """Write the heat map, and a page for each run whose verdict is not allowed."""
    from harness.cli.sweep_pages import write_session_pages
    from harness.sweep.reports import heat_map_page
    from harness.whole_files import write_whole

    pages = write_session_pages(bad, program, html)
    write_whole(html, heat_map_page(judged, title, pages))
    say(f"wrote {html}: open it in a browser", "dim")


def _say_verdict(judged: Judged) -> None:
    sys.stdout.write(f"{judged.verdict:<20} {judged.rule}\n")
    sys.stdout.flush()


def _progress(judged: Judged) -> None:
    say(f"{judged.verdict}: {judged.rule}", _COLOURS.get(judged.verdict, "yellow"))


def _as_data(judged: Judged) -> dict[str, Any]:
    run = judged.run
    return {
        "rule": str(judged.rule),
        "verdict": judged.verdict,
        "code": run.code,
        "seconds": round(run.seconds, 3),
        "requests": len(run.arrivals),
    }


def _sum_up(judged: list[Judged], bad: list[Judged], cassette: Path, program: Program) -> None:
    counts = Counter(each.verdict for each in judged)
    say(", ".join(f"{count} {name}" for name, count in counts.most_common()), "yellow" if bad else "green")
    if bad:
        words = ["wiretape", "replay", str(cassette), "--fault", str(bad[0].rule), "--", *program.command]
        say(f"see one: {shlex.join(words)}", "dim")
