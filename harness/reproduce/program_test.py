"""The source of a test that runs the user's program: a fixed text, in which texts of the report are literals only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_TEXT: Final = '''"""Made by `wiretape reproduce`: what the service said in a report, and what the program makes of it.

The test holds what happens now. If that is the fault, write down what should happen instead, and mend the program.
"""

import os
import subprocess
from pathlib import Path

import pytest

COMMAND = {command}
FOLDER = Path(__file__).resolve().parents[{levels}]  # where COMMAND runs
EXIT = {code}
OUTPUT = {output}  # on standard output; None if it is not compared
LAST_ERROR = {error}  # last line on standard error; None if it is not compared
FAILURE = {failure}  # what the report shows


@pytest.mark.cassette({cassette}{settings})
def {function}(wire):
    variables = {{**os.environ, **wire.env}}
    done = subprocess.run(COMMAND, cwd=FOLDER, env=variables, capture_output=True, timeout={timeout}, check=False)
    errors = done.stderr.decode(errors="replace").splitlines()
    assert done.returncode == EXIT, errors[-20:]
    if OUTPUT is not None:
        assert done.stdout.decode(errors="replace") == OUTPUT
    if LAST_ERROR is not None:
        assert errors[-1:] == [LAST_ERROR]
'''


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramFacts:
    """The contents of the test.

    Attributes:
        name: A result of `harness.reproduce.names.safe_name`.
        command: The program and its arguments.
        levels: How many folders the one where it runs is above the test's own.
        code: Its exit code.
        output: Its standard output; None if it varies, or holds a secret.
        error: The last line of its standard error, likewise.
        failure: What the report shows.
        profile: The profile that the user named; None for the one that the service's host names.
        timeout: Seconds that it may take.
    """

    name: str
    command: Sequence[str]
    levels: int
    code: int
    output: str | None
    error: str | None
    failure: str
    profile: str | None
    timeout: int


def source_of_program_test(facts: ProgramFacts) -> str:
    """The Python source of the pytest test."""
    return _TEXT.format(
        command=ascii(list(facts.command)),
        levels=facts.levels,
        code=facts.code,
        output=ascii(facts.output),
        error=ascii(facts.error),
        failure=ascii(facts.failure),
        cassette=ascii(facts.name),
        settings="" if facts.profile is None else f", profile={facts.profile!a}",
        function=f"test_{facts.name}",
        timeout=facts.timeout,
    )
