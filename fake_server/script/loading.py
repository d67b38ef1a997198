"""Scenarios from a user's Python file."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from types import CodeType
from typing import Any

from fake_server.scenarios.library import scenarios_in
from fake_server.scenarios.registry import Scenario, ScenarioError


class ScenarioFileError(ScenarioError):
    """A file of scenarios cannot be used; the text has file, line and cause."""


def load_scenarios(path: str | os.PathLike[str]) -> tuple[Scenario, ...]:
    """Load the scenarios of a Python file, for `Config.scenarios`. This runs the file: only load your own.

    Raises:
        ScenarioFileError: The file cannot be read, is not valid Python, raises an exception, or has no scenario, or
            two for the same command.
    """
    file = Path(path)
    namespace = _run(file)
    found = scenarios_in(namespace)
    if not found:
        raise ScenarioFileError(f"{file}: the file has no scenario: decorate a generator function with @scenario(..)")
    twice = [command for command, count in Counter(one.command for one in found).items() if count > 1]
    if twice:
        raise ScenarioFileError(f"{file}: two scenarios have the command {twice[0]}: rename or remove one")
    return tuple(found)


def _run(file: Path) -> dict[str, Any]:
    try:
        source = file.read_bytes()
    except OSError as error:
        raise ScenarioFileError(f"{file}: cannot be read: {error.strerror or error}") from error
    namespace: dict[str, Any] = {"__name__": "wiretape_scenarios", "__file__": str(file)}
    code = _compiled(source, file)
    try:
        exec(code, namespace)  # noqa: S102  # the user asks to run this file
    except Exception as error:
        raise ScenarioFileError(f"{file}{_line_of(error, file)}: {type(error).__name__}: {error}") from error
    return namespace


def _compiled(source: bytes, file: Path) -> CodeType:
    try:
        return compile(source, str(file), "exec")
    except SyntaxError as error:
        line = f", line {error.lineno}" if error.lineno else ""
        raise ScenarioFileError(f"{file}{line}: not Python: {error.msg}") from error
    except ValueError as error:
        # Python before 3.11.4 raises this, not a SyntaxError, for a null byte.
        raise ScenarioFileError(f"{file}: not Python: {error}") from error


def _line_of(error: Exception, file: Path) -> str:
    """The line of the file where the error came from, as ``, line 3``; empty if no line of the file is involved."""
    line = 0
    frame = error.__traceback__
    while frame is not None:
        if frame.tb_frame.f_code.co_filename == str(file):
            line = frame.tb_lineno
        frame = frame.tb_next
    return f", line {line}" if line else ""
