"""What stands behind a wire, by record mode: a player, a relay that records, both, or the fake service."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from harness.pytest_plugin.backing.base import Backing
from harness.pytest_plugin.plan import Plan
from harness.pytest_plugin.servers import Servers

# What a mode needs is imported when it is used: playing needs neither relay nor recorder, nor the fake service.
# ruff: noqa: PLC0415


class Run(NamedTuple):
    """A test run, of which several tests may record into one cassette.

    Attributes:
        name: Of the run, in all of its workers.
        is_mine: This test has recorded the cassette in it already.
    """

    name: str
    is_mine: bool


def open_backing(plan: Plan, servers: Servers, run: Run, *, shared: bool) -> Backing:
    """What a plan asks for.

    Args:
        plan: The plan.
        servers: Where a fake upstream may run.
        run: The test run.
        shared: Whether other tests may have exchanges in this cassette.

    Raises:
        WireFailure: The cassette cannot be read, or the upstream is none.
    """
    if plan.path is not None:
        return _with_cassette(plan, plan.path, servers, run, shared=shared)
    if plan.passes_on:
        from harness.pytest_plugin.backing.passing import Passing

        return Passing(plan, servers)
    from harness.pytest_plugin.backing.scripting import Scripting

    return Scripting(plan)


def _with_cassette(plan: Plan, path: Path, servers: Servers, run: Run, *, shared: bool) -> Backing:
    mode = plan.config.record_mode
    if mode == "new_episodes":
        from harness.pytest_plugin.backing.adding import Adding

        return Adding(plan, path, servers)
    if mode in ("all", "rewrite") or (mode == "once" and _is_to_be_made(path, run)):
        from harness.pytest_plugin.backing.taking import Taking

        return Taking(plan, servers, run.name)
    from harness.pytest_plugin.backing.playing import Missing, Playing

    if not path.exists():
        return Missing(plan, path)
    if mode == "verify":
        from harness.pytest_plugin.backing.verifying import Verifying

        return Verifying(plan, path, servers, shared=shared)
    return Playing(plan, path)


def _is_to_be_made(path: Path, run: Run) -> bool:
    """Whether the mode ``once`` records: where there is no file, or one that other tests of this run have made."""
    if not path.exists():
        return True
    if run.is_mine:
        return False
    from harness.record.save import was_replaced_in

    return was_replaced_in(path, run.name)
