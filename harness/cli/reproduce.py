"""``wiretape reproduce``: a test made from a report."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from harness.cli import options
from harness.cli.command import OptionConflictError, environment, with_own_variables
from harness.cli.console import say
from harness.cli.help_text import command_help
from harness.cli.play_rules import head_rules
from harness.printable import one_line
from provider.install_command import install_command

if TYPE_CHECKING:
    from harness.cassette.model import Cassette
    from harness.reproduce.program import Subject

HELP: Final = command_help(
    "Turn a failing session into a cassette and a test.",
    examples="""
        wiretape reproduce report.har -o tests/reports
        wiretape reproduce report.har --name "empty answer" --whole
        wiretape reproduce shop.har --origin https://api.shop.example -- python client.py
        wiretape reproduce session.yaml && pytest tests/reports
        """,
    about="""
        With COMMAND: wiretape imports and redacts the report, answers your program from it, and keeps what the program
        needs. The test runs COMMAND again, where it ran now, and expects the same exit code and output.

        Without COMMAND the report is a session of Copilot: wiretape cuts it to the turn that failed, plays it to our
        client and records that. Texts of the report stand in the test as literals only.

        docs/reproduce.md shows the way from report to test.
        """,
    exit_codes="0 cassette and test are written; 2 they are not",
)


def reproduce(
    report: Annotated[Path, typer.Argument(help="A HAR file, or a cassette (.yaml).")],
    command: options.Command = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of the test.", metavar="FOLDER")] = Path(
        "tests/reports"
    ),
    name: Annotated[
        str | None, typer.Option(help="Name of test and cassette; by default the report's.", metavar="TEXT")
    ] = None,
    origin: options.Origin = None,
    profile: options.Profile = None,
    whole: Annotated[bool, typer.Option("--whole", help="Keep what the failure does not need, too.")] = False,
    force: options.Force = False,
    ignore: options.Ignore = None,
    bind: options.Bind = None,
    match_on: options.MatchOn = None,
) -> None:
    """Turn a failing session into a cassette and a test."""
    if command:
        session = _session_of(report, origin, profile)
        subject = _subject(session, command, profile, ignore, bind, match_on)
        _with_program(session, report, output, subject, {"name": name, "whole": whole, "force": force})
        return
    if given := [option for option, value in (("--ignore", ignore), ("--bind", bind), ("--match-on", match_on),
                                              ("--profile", profile)) if value]:  # fmt: skip
        raise OptionConflictError(f"{given[0]} needs COMMAND: write the program under test after --")
    _with_our_client(report, output, name, origin, whole=whole, force=force)


def _session_of(report: Path, origin: str | None, profile: str | None) -> Cassette:
    from harness.cli.profiles import profile_for
    from harness.reproduce.program import read_report

    return read_report(report, origin, partial(profile_for, name=profile))


def _subject(
    session: Cassette,
    command: list[str],
    profile: str | None,
    ignore: list[str] | None,
    bind: list[str] | None,
    match_on: str | None,
) -> Subject:
    """The program under test, with the profile and the rules by which the session is replayed to it."""
    from harness.cli.profiles import profile_of
    from harness.cli.replay import recorded_token
    from harness.reproduce.program import Subject

    service = profile_of(session.recorded.origin, profile)
    token = recorded_token(session, service)

    def variables(url: str, upstreams: Mapping[str, str]) -> dict[str, str]:
        return with_own_variables({**environment(url, service, upstreams), **token})

    rules = head_rules(ignore, bind, match_on, service)
    return Subject(command=command, profile=service, environment=variables, named=profile, rules=rules)


def _with_program(session: Cassette, report: Path, folder: Path, subject: Subject, files: Mapping[str, Any]) -> None:
    from harness.reproduce.program import reproduce_program

    made = reproduce_program(session, report, folder, subject, **files)
    say(f"the report: {one_line(made.failure or 'no failure found', 300)}")
    say(f"the program: exit code {made.code}{f', {one_line(made.error, 300)}' if made.error else ''}")
    if made.left_out:
        say(f"left out: {made.left_out} exchanges", "dim")
    _say_written(made.cassette, made.test)


def _with_our_client(
    report: Path, folder: Path, name: str | None, origin: str | None, *, whole: bool, force: bool
) -> None:
    from harness.copilot.reproduce import reproduce as make

    made = make(report, folder, name=name, origin=origin, whole=whole, force=force)
    say(f"the report: {one_line(made.failure or 'no failure found', 300)}")
    outcome = f"raises {made.error}: {made.said}" if made.error else f"returns: {made.said}"
    say(f"our client: {one_line(outcome, 300)}")
    turns, exchanges = made.left_out
    if turns or exchanges:
        say(f"left out: {turns} turns, {exchanges} exchanges", "dim")
    _say_written(made.cassette, made.test)


def _say_written(cassette: Path, test: Path) -> None:
    say(f"wrote {cassette}", "green")
    # The extra `cli` does not install pytest.
    needs = "" if importlib.util.find_spec("pytest") else f" (after: {install_command('test')})"
    say(f"wrote {test}: pytest {test}{needs}", "green")
