"""Reports, at the end of a pytest session, unplayed exchanges of shared cassettes, and cassettes that no test uses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from harness.pytest_plugin.cassette_usage import CassetteUsage
from harness.pytest_plugin.state import STATE

_KEY: Final = "wiretape"
_VERDICT: Final = pytest.StashKey[list[str]]()
_WHOLE: Final = frozenset({pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED})
_NARROWING: Final = ("lf", "ignore", "ignore_glob")


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """Add to this process the usage of cassettes that an xdist worker sent at its end."""
    usage = node.config.stash[STATE].usage
    packed = getattr(node, "workeroutput", {}).get(_KEY)
    if packed is None or error:
        usage.crashed += 1
    if packed is not None:
        usage.add(packed)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """At the end, check for unplayed exchanges and unused cassettes; an xdist worker only sends its usage."""
    config = session.config
    usage = config.stash[STATE].usage
    output: dict[str, Any] | None = getattr(config, "workeroutput", None)
    if output is not None:
        output[_KEY] = usage.pack()
        return
    lines = [*(() if config.stash[STATE].is_part else _unplayed(config, usage)), *_orphans(session, usage)]
    config.stash[_VERDICT] = lines
    failed = any(line.startswith(("unplayed:", "orphan:")) for line in lines)
    if failed and session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Write the plugin's lines at the end of the session's output."""
    _write_lenience(terminalreporter, config)
    lines = config.stash.get(_VERDICT, [])
    if lines:
        terminalreporter.section("wiretape", red=True)
        for line in lines:
            terminalreporter.line(line)


def _write_lenience(terminal: pytest.TerminalReporter, config: pytest.Config) -> None:
    lenient = config.stash[STATE].usage.lenient
    if not lenient:
        return
    from harness.pytest_plugin.lenience import lenience_lines  # noqa: PLC0415  # the player, only where something played

    for line in lenience_lines(lenient, lambda path: _shown(config, path), verbose=config.get_verbosity() > 0):
        terminal.line(line)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the servers' thread."""
    if STATE in config.stash:
        config.stash[STATE].close()


def _shown(config: pytest.Config, path: Path) -> str:
    here = config.invocation_params.dir
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _unplayed(config: pytest.Config, usage: CassetteUsage) -> Iterator[str]:
    for path, use in sorted(usage.cassettes.items()):
        if not use.exchanges or use.unplayed == "ignore" or not usage.all_users_done(path):
            continue
        left = use.left()
        if left:
            tests = sorted(usage.tests_of(path))
            # A test that was not run may use this cassette as well.
            doubtful = len(tests) == 1 and usage.may_gain_users(path)
            kind = "warning: unplayed" if doubtful or use.unplayed == "warn" else "unplayed"
            whose = f"is shared by {len(tests)} tests, and none of them played"
            if len(tests) == 1:
                whose = f"is used by {tests[0]} alone, which did not play"
            yield f"{kind}: {_shown(config, path)} {whose}"
            yield from (f"    {name}" for name in left)


def _orphans(session: pytest.Session, usage: CassetteUsage) -> Iterator[str]:
    config = session.config
    if not config.getoption("check_orphans"):
        return
    why = _is_partial(session, usage)
    if why:
        yield f"warning: --check-orphans checked nothing, because {why}"
        return
    for path in usage.orphans():
        yield f"orphan: {_shown(config, path)} is used by no test"


def _is_partial(session: pytest.Session, usage: CassetteUsage) -> str:
    """Return why this run ran too few tests to show which cassettes are unused; empty if it ran all."""
    config = session.config
    if usage.crashed:
        return "a worker ended early"
    if session.shouldstop or session.shouldfail or session.exitstatus not in _WHOLE:
        return "the run was stopped early"
    if usage.deselected:
        return "tests were deselected"
    narrowing = next((name for name in _NARROWING if config.getoption(name, None)), None)
    if narrowing is not None:
        return f"--{narrowing.replace('_', '-')} was given"
    chosen = next((arg for arg in config.args if "::" in arg or Path(arg).is_file()), None)
    return f"only {chosen} was run" if chosen else ""
