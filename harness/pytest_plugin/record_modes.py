"""Record modes: which backend answers behind a wire.

| mode | without a cassette | with one |
|---|---|---|
| ``none`` | `Missing` | `PlayerBackend` |
| ``once`` | `RecordingBackend` | `PlayerBackend` |
| ``new_episodes`` | `NewEpisodes` | `NewEpisodes` |
| ``all``, ``rewrite`` | `RecordingBackend` | `RecordingBackend` |
| ``verify`` | `Missing` | `Verifier` |
| ``live`` | `PassThrough` | `PassThrough` |
| no marker | `ScriptBackend` | |
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from harness.pytest_plugin.backends import Backend, Missing, PlayerBackend, ScriptBackend
from harness.pytest_plugin.plan import Plan
from harness.pytest_plugin.servers import Servers


class RunId(NamedTuple):
    """The test run in which a backend opens; several of its tests may record into one cassette.

    Attributes:
        name: Id of the run, the same in all of its workers.
        is_recorded_by_test: Whether the test that opens the backend has already recorded the cassette in this run.
    """

    name: str
    is_recorded_by_test: bool


def open_backend(plan: Plan, servers: Servers, run: RunId, *, shared: bool) -> Backend:
    """Open the backend that a plan needs.

    The backends that reach a service are imported only when needed: they load recorder, relay and curl_cffi, and
    replaying must not pay for that.

    Args:
        plan: The plan.
        servers: Runs a fake upstream.
        run: The test run.
        shared: Whether other tests may have exchanges in this cassette, which a recording then keeps.

    Raises:
        WireFailure: The cassette cannot be read, or the upstream is invalid.
    """
    if plan.path is not None:
        return _with_cassette(plan, plan.path, servers, run, shared=shared)
    if not plan.passes_on:
        return ScriptBackend(plan)
    from harness.pytest_plugin.live_backends import PassThrough  # noqa: PLC0415  # as said above

    return PassThrough(plan, servers)


def _with_cassette(plan: Plan, path: Path, servers: Servers, run: RunId, *, shared: bool) -> Backend:
    mode, exists = plan.config.record_mode, path.exists()
    records = mode in ("all", "rewrite", "new_episodes") or (mode == "once" and _is_to_be_recorded(path, run))
    if not records and not exists:
        return Missing(plan, path)
    if not records and mode != "verify":
        return PlayerBackend(plan, path)
    from harness.pytest_plugin.live_backends import NewEpisodes, RecordingBackend, Verifier  # noqa: PLC0415  # as said above

    if mode == "new_episodes":
        return NewEpisodes(plan, path, servers)
    return RecordingBackend(plan, servers, run.name) if records else Verifier(plan, path, servers, shared=shared)


def _is_to_be_recorded(path: Path, run: RunId) -> bool:
    """Whether the mode ``once`` records: no file exists, or other tests of this run have recorded it."""
    if not path.exists():
        return True
    if run.is_recorded_by_test:
        return False
    from harness.record.save import was_replaced_in  # noqa: PLC0415  # only for this mode

    return was_replaced_in(path, run.name)
