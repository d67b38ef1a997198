"""Opening and closing wires: server, network block, environment, and what is judged in the end."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext

import pytest

from harness.netblock import Allowed, Block, blocked
from harness.pytest_plugin.peer_blocks import peer_block_lifted
from harness.pytest_plugin.plan import Plan
from harness.pytest_plugin.socket_guard import guard_lifted
from harness.pytest_plugin.state import STATE, PluginState
from harness.pytest_plugin.verdict import final_failure, harness_errors, note_head, note_lenience, plain_failure
from harness.pytest_plugin.wires import Wire, environment
from harness.replay.report import Report
from provider.options import TOKEN_VARIABLE


@contextmanager
def open_wire(plan: Plan, config: pytest.Config) -> Generator[Wire]:
    """A wire for the length of a block.

    Args:
        plan: What it is for.
        config: Of the running pytest.

    Raises:
        WireFailure: It cannot be opened, or something went wrong on it that no test has failed for yet.
    """
    state = config.stash[STATE]
    if plan.path is not None:
        state.usage.touch(plan.path)
    with guard_lifted():
        yield from _opened(plan, state)


def _opened(plan: Plan, state: PluginState) -> Generator[Wire]:
    with harness_errors():
        wire = Wire(plan, state)
    try:
        try:
            with ExitStack() as stack:
                _surround(stack, wire, state)
                yield wire
            report = wire.finish()
        except BaseException:
            wire.abandon()
            raise
        with harness_errors():
            _end(wire, state, report)
    finally:
        wire.backing.close()


def _surround(stack: ExitStack, wire: Wire, state: PluginState) -> None:
    stack.enter_context(state.holding(wire))
    stack.enter_context(peer_block_lifted())
    stack.enter_context(block_around(wire, state))
    if wire.plan.path is not None:
        stack.enter_context(environment(wire.env, without=frozenset({TOKEN_VARIABLE})))


def block_around(wire: Wire, state: PluginState) -> AbstractContextManager[None]:
    """The network is blocked but for the ways into wires as they are now; not at all around a live one."""
    if wire.plan.is_live:
        return nullcontext()
    config = wire.plan.config
    doors = frozenset((each.host, each.port) for one in state.wires for each in one.entrances)
    allowed = Allowed(open=doors, hosts=(*config.allowed_hosts, *config.ignore_hosts))
    return blocked(Block(wire.plan.test, allowed))


def _end(wire: Wire, state: PluginState, report: Report) -> None:
    """The server has stopped: write what is to be written, and judge what is to be judged.

    Raises:
        WireFailure: Something is wrong, and no test has failed for it.
    """
    # Of a service that could not be reached at all nothing is kept.
    asked = bool(wire.watch.seen) and wire.backing.reached_service
    note_head(wire, state)
    if wire.spoiled:
        if asked:
            wire.backing.finish(wire.aside)
        return
    failure = final_failure(wire, state, report)
    if asked:
        wrong = wire.backing.finish(wire.aside if failure is not None else None)
        failure = failure or (plain_failure(wire, wrong) if wrong else None)
        if failure is None and wire.backing.records and wire.plan.path is not None:
            state.recorded.add((wire.plan.test, wire.plan.path))
    if failure is not None:
        raise failure
    note_lenience(wire, state, report)
