"""``wiretape replay FOLDER --control``: recorded sessions for a test suite in any language."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from harness.cli.command import Interrupts, OptionConflictError
from harness.cli.console import fail, say

VARIABLE: Final = "WIRETAPE_CONTROL"
_OPTIONS: Final = {"start": "--from"}
"""Parameters that are named otherwise than their options."""
_GO_WITH_CONTROL: Final = frozenset({"cassette", "command", "port", "control", "upstream"})


def replay_control(function: Callable[..., None], given: Mapping[str, Any]) -> int:
    """Start the control service, and run COMMAND until it ends, or wait for Ctrl-C without COMMAND.

    Args:
        function: The command, for its defaults.
        given: Its arguments.

    Returns:
        COMMAND's exit code; if that is 0: 1 if a session did not go as recorded.

    Raises:
        OptionConflictError: An option belongs to the replay of a single cassette.
        HarnessError: The argument is not a directory.
    """
    from harness.control import controlling

    for name, parameter in inspect.signature(function).parameters.items():
        if name not in _GO_WITH_CONTROL and given[name] != parameter.default:
            option = _OPTIONS.get(name) or f"--{name.replace('_', '-')}"
            raise OptionConflictError(f"{option} does not go with --control: each test names its own options")
    folder: Path = given["cassette"]
    with Interrupts() as interrupts, controlling(folder, upstream=given["upstream"], port=given["port"]) as control:
        if not given["command"]:
            say("Ctrl-C ends it. Test suites find it in this variable (the URL is a secret):", "dim")
            say(f"  export {VARIABLE}={control.url}")
            interrupts.wait()
            return 0
        code = interrupts.run(given["command"], {VARIABLE: control.url})
        failed = control.failed
    for text in failed:
        say(text.rstrip("\n"), "yellow")
    if failed and not code:
        fail(f"{len(failed)} of the tests' sessions did not go as recorded")
    return code or (1 if failed else 0)
