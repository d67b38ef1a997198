"""`reproduce_program`: turns a report of any service into a cassette, and a test that runs the user's program."""

from __future__ import annotations

import math
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec

from harness.cassette.model import Cassette
from harness.cassette.store import load
from harness.har.importing import import_har
from harness.profile import ServiceProfile
from harness.record.head_rules import NO_RULES, HeadRules
from harness.record.save import write_checked
from harness.redact.cassettes import redact_cassette
from harness.redact.engine import Redactor
from harness.replay.report import Report
from harness.reproduce.errors import ReproduceError
from harness.reproduce.failures import failure_of
from harness.reproduce.names import files_of
from harness.reproduce.program_test import ProgramFacts, source_of_program_test
from harness.sessions import replaying
from harness.sweep.running import MOST_OUTPUT, run_program
from harness.whole_files import staged
from provider.clock import monotonic

_CASSETTES: Final = frozenset({".yaml", ".yml"})
_MOST_COMPARED: Final = 20_000
"""Characters of output; more is not compared."""
_SHORTEST: Final = 30
"""Seconds that the test gives the program at least."""
Environment = Callable[[str, Mapping[str, str]], Mapping[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The program, and the service that it uses.

    Attributes:
        command: The program and its arguments.
        profile: The service's profile.
        named: The name of the profile, if the user named it.
        environment: Makes the program's environment for a local server's URL, and those of further upstreams.
        rules: Rules of matching, which the cassette gets.
        timeout: Seconds that the program may take.
    """

    command: Sequence[str]
    profile: ServiceProfile
    environment: Environment = field(repr=False)
    named: str | None = None
    rules: HeadRules = NO_RULES
    timeout: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The files that were written, and what they show.

    Attributes:
        cassette: The cassette's file.
        test: The test's file.
        failure: What the report shows; empty if nothing failed.
        code: The program's exit code.
        error: The last line of its standard error; empty if there is none, or if it holds a secret.
        left_out: Number of the report's exchanges that the program does not need.
    """

    cassette: Path
    test: Path
    failure: str
    code: int
    error: str
    left_out: int


@dataclass(frozen=True, slots=True)
class _Run:
    code: int
    output: str
    error: str
    seconds: float
    played: frozenset[int]


def read_report(report: Path, origin: str | None, choose: Callable[[str | None], ServiceProfile]) -> Cassette:
    """The session of a report; a HAR is redacted.

    Args:
        report: A HAR, or a cassette (``.yaml``).
        origin: Of the service in a HAR; None for the one that the file or the profile shows.
        choose: Returns the profile for an origin, or for None.

    Raises:
        harness.errors.HarnessError: The report cannot be read, or the cassette would hold a secret.
    """
    if report.suffix.lower() in _CASSETTES:
        return load(report)
    with tempfile.TemporaryDirectory(prefix="wiretape-report-") as folder:
        return import_har(report, Path(folder) / "report.yaml", origin=origin, choose=choose).cassette


def reproduce_program(
    session: Cassette,
    report: Path,
    folder: Path,
    subject: Subject,
    *,
    name: str | None = None,
    whole: bool = False,
    force: bool = False,
) -> Written:
    """Write a test that runs a program against a report, and its cassette: both, or on any error neither.

    Args:
        session: The report's session; see `read_report`.
        report: The report's file, for the name.
        folder: The folder of the test; its cassette is written to ``cassettes`` there.
        subject: The program. It runs where this process does, and so does the test.
        name: Of both files; by default the report's name. Any text: other characters are replaced.
        whole: Whether to keep the exchanges that the program does not need.
        force: Whether to replace existing files.

    Raises:
        ReproduceError: A file exists already, the command holds a secret, the program needs what the report does not
            have, or two runs of it end differently.
        harness.errors.HarnessError: The cassette would hold a secret, or cannot be written.
        OSError: A file cannot be written, or the program cannot be started.
    """
    chosen, cassette, test = files_of(report, folder, name, force=force)
    redactor = Redactor(subject.profile)
    if any(redactor.text(each) != each for each in subject.command):
        raise ReproduceError(
            "COMMAND holds a secret, which would be written to the test: let the program read it from an "
            "environment variable"
        )
    known = subject.rules.on(redact_cassette(redactor, session))
    first = _run(known, subject)
    kept = known if whole else _only(known, first.played)
    second = _run(kept, subject)
    if second.code != first.code:
        raise ReproduceError(f"no test can be made: the program ended with {first.code}, and then with {second.code}")
    facts = ProgramFacts(
        name=chosen,
        command=subject.command,
        levels=_levels(folder),
        code=first.code,
        output=_comparable(first.output, second.output, redactor),
        error=_comparable(first.error, second.error, redactor) if first.error else None,
        failure=redactor.text(failure_of(known, subject.profile)),
        profile=subject.named,
        timeout=max(_SHORTEST, math.ceil(10 * first.seconds)),
    )
    cassette.parent.mkdir(parents=True, exist_ok=True)
    with staged(test, source_of_program_test(facts).encode("ascii")):
        write_checked(kept, cassette, redactor)
    return Written(
        cassette=cassette,
        test=test,
        failure=facts.failure,
        code=facts.code,
        error=facts.error or "",
        left_out=len(known.exchanges) - len(kept.exchanges),
    )


def _only(cassette: Cassette, played: frozenset[int]) -> Cassette:
    """The cassette with the exchanges that were played."""
    kept = tuple(each for index, each in enumerate(cassette.exchanges) if index in played)
    return msgspec.structs.replace(cassette, exchanges=kept)


def _run(cassette: Cassette, subject: Subject) -> _Run:
    """Run the program against a cassette.

    Raises:
        ReproduceError: It does not end, uses no exchange, or needs what the cassette does not have.
    """
    with (
        tempfile.TemporaryFile() as output,
        tempfile.TemporaryFile() as errors,
        replaying(cassette, profile=subject.profile) as running,
    ):
        environment = subject.environment(running.url, running.upstreams)
        began = monotonic()
        code = run_program(subject.command, environment, output, errors, subject.timeout)
        seconds = monotonic() - began
        report = running.report()
        for file in (output, errors):
            file.seek(0)
        said, failed = (file.read(MOST_OUTPUT).decode(errors="replace") for file in (output, errors))
    if code is None:
        raise ReproduceError(f"the program did not end within {subject.timeout:g} s")
    _check(report)
    return _Run(code, said, next(reversed(failed.splitlines()), ""), seconds, report.played_indices)


def _check(report: Report) -> None:
    problems = [each for each in report.failures if each.kind != "unplayed"]
    if problems:
        shown = "; ".join(f"{each.kind}: {each.summary}" for each in problems[:3])
        raise ReproduceError(
            f"the program sends other requests than the report holds: {shown}. What may differ is named by --ignore, "
            "--bind or --match-on"
        )
    if not report.played_indices:
        raise ReproduceError(
            "the program sent no request: does it take the local server's URL from WIRETAPE_URL, or from a variable of "
            "the service's profile?"
        )


def _comparable(one: str, other: str, redactor: Redactor) -> str | None:
    """The text of the first run if the second has the same, and it holds no secret; else None."""
    is_stable = one == other and len(one) <= _MOST_COMPARED
    return one if is_stable and redactor.text(one) == one else None


def _levels(folder: Path) -> int:
    """How many folders this one is below that where the program runs.

    Raises:
        ReproduceError: It is not below it.
    """
    here = Path.cwd().resolve()
    try:
        return len(folder.resolve().relative_to(here).parts)
    except ValueError:
        raise ReproduceError(
            f"{os.fspath(folder)} is not below {here}, where the program runs: run wiretape in the project's folder"
        ) from None
