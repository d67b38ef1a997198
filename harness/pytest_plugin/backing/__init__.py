"""What stands behind a wire, by record mode: a player, a relay that records, both, or the fake service."""

from __future__ import annotations

from pathlib import Path

from harness.pytest_plugin.backing.base import Backing
from harness.pytest_plugin.plan import Plan
from harness.pytest_plugin.servers import Servers

# What a mode needs is imported when it is used: playing needs neither relay nor recorder, nor the fake service.
# ruff: noqa: PLC0415


def open_backing(plan: Plan, servers: Servers, run: str, *, shared: bool) -> Backing:
    """What a plan asks for.

    Args:
        plan: The plan.
        servers: Where a fake upstream may run.
        run: Names the test run, of which several tests may record into one cassette.
        shared: Whether this cassette is one of those.

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


def _with_cassette(plan: Plan, path: Path, servers: Servers, run: str, *, shared: bool) -> Backing:
    mode = plan.config.record_mode
    if mode == "new_episodes":
        from harness.pytest_plugin.backing.adding import Adding

        return Adding(plan, path, servers)
    if mode in ("all", "rewrite") or (mode == "once" and _is_to_be_made(path, run, shared=shared)):
        from harness.pytest_plugin.backing.taking import Taking

        return Taking(plan, servers, run)
    from harness.pytest_plugin.backing.playing import Missing, Playing

    if not path.exists():
        return Missing(plan, path)
    if mode == "verify":
        from harness.pytest_plugin.backing.verifying import Verifying

        return Verifying(plan, path, servers, shared=shared)
    return Playing(plan, path)


def _is_to_be_made(path: Path, run: str, *, shared: bool) -> bool:
    """Whether the mode ``once`` records: tests that share a missing cassette all record into it, in one run."""
    if not path.exists():
        return True
    if not shared:
        return False
    from harness.record.shared import was_written_in

    return was_written_in(path, run)
