"""The life of a wire: open server, network block and environment; close them, write the cassette, give the verdict."""

from __future__ import annotations

import os
from collections.abc import Generator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any

import pytest

from harness.proxy_variables import bypassing_proxies
from harness.pytest_plugin.collection import FIXTURE_LAYER
from harness.pytest_plugin.failure import WireFailure
from harness.pytest_plugin.network_block import block_around
from harness.pytest_plugin.peer_blocks import peer_block_lifted, socket_guard_lifted
from harness.pytest_plugin.plan import Plan, as_layer, plan_node
from harness.pytest_plugin.state import STATE, PluginState
from harness.pytest_plugin.verdict import (
    current_failure,
    final_failure,
    harness_errors,
    kept_aside,
    note_lenience,
    note_relaxed_head,
    page_of_failed_test,
    plain_failure,
    unreached,
)
from harness.pytest_plugin.wires import Wire
from harness.replay.report import Report
from harness.services.choice import default_service


class _Judged:
    """A wire as pytest's hooks see it: with its verdicts. See `harness.pytest_plugin.state.OpenWire`."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    @property
    def addresses(self) -> frozenset[tuple[str, int]]:
        """Host and port of each server of the wire; see `OpenWire`."""
        return self._wire.addresses

    def new_failure(self) -> WireFailure | None:
        """Return the problems since the last call, or None; see `OpenWire`."""
        return current_failure(self._wire)

    def test_passed(self, test: str) -> None:
        """Note the id of a test that passed while the wire was open; see `OpenWire`."""
        self._wire.outcome.passed_tests.add(test)

    def test_did_not_pass(self) -> None:
        """Discard the wire's results, because the test failed; see `OpenWire`."""
        self._wire.outcome.discard = True

    def remarks(self) -> str:
        """Return what a failed test should say about its session; empty for nothing; see `OpenWire`."""
        wire = self._wire
        found = (unreached(wire), kept_aside(wire), page_of_failed_test(wire))
        return "\n".join(each for each in found if each)


@contextmanager
def open_wire(plan: Plan, config: pytest.Config) -> Generator[Wire]:
    """Open a wire for the length of a block.

    Args:
        plan: The decisions about the wire.
        config: The running pytest's.

    Raises:
        WireFailure: The wire cannot be opened, or has a problem that no test has failed for yet.
    """
    state = config.stash[STATE]
    if plan.path is not None:
        state.usage.touch(plan.path)
    with socket_guard_lifted():
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
        wire.backend.close()


def _surround(stack: ExitStack, wire: Wire, state: PluginState) -> None:
    stack.enter_context(state.holding(_Judged(wire)))
    stack.enter_context(peer_block_lifted())
    stack.enter_context(block_around(wire.plan, state))
    stack.enter_context(_environment(bypassing_proxies(os.environ, wire.url), without=frozenset()))
    if wire.plan.path is not None:
        stack.enter_context(_environment(wire.env, without=frozenset({default_service().token_variable})))


def _end(wire: Wire, state: PluginState, report: Report) -> None:
    """Write the cassette of a closed wire, and give the verdict.

    Raises:
        WireFailure: Something is wrong that no test has failed for.
    """
    # A recording in which no request reached the service is not written.
    has_session = bool(wire.tap.seen) and wire.backend.reached_service
    note_relaxed_head(wire, state)
    if wire.outcome.discard:
        if has_session:
            wire.backend.finish(wire.aside)
        return
    failure = final_failure(wire, state, report)
    if has_session:
        wrong = wire.backend.finish(wire.aside if failure is not None else None)
        failure = failure or (plain_failure(wire, wrong) if wrong else None)
        if failure is None and wire.backend.records and wire.plan.path is not None:
            state.recorded.add((wire.plan.test, wire.plan.path))
    if failure is not None:
        raise failure
    note_lenience(wire, state, report)


@contextmanager
def _environment(values: Mapping[str, str], without: frozenset[str]) -> Generator[None]:
    """Set environment variables and remove others for the length of a block."""
    before = {name: os.environ.get(name) for name in (*values, *without)}
    for name in without:
        os.environ.pop(name, None)
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


# ---------------------------------------------------------------- wire_factory
def wire_for(state: PluginState, name: str | None, config: Mapping[str, Any]) -> AbstractContextManager[Wire]:
    """Return a wire for the fixture that is being set up, at the fixture's scope, else for the running test.

    Args:
        state: Knows which fixture is being set up.
        name: The cassette's name, or None for the default.
        config: The caller's settings.

    Raises:
        WireFailure: No fixture is being set up and no test runs, or a setting is invalid.
    """
    if not state.requests:
        raise WireFailure(
            "config: wire_factory was called while no fixture is set up and no test runs (in a finalizer, or after a "
            "fixture's yield): open the wire before that, and close it there"
        )
    request = state.requests[-1]
    node: Any = request.node
    fixture = as_layer(FIXTURE_LAYER, request.getfixturevalue("wire_config"))
    plan = plan_node(node, name, [fixture, as_layer("wire_factory", config)])
    if plan.path is not None:
        for test in _users(state.collected, node, request.fixturename):
            state.usage.claim(plan.path, test)
    return open_wire(plan, request.config)


def _users(collected: list[pytest.Item], node: pytest.Item | pytest.Collector, fixture: str | None) -> list[str]:
    """Return the ids of the collected tests in a module, class or other node that use a fixture."""
    if isinstance(node, pytest.Item):
        return [node.nodeid]
    return [
        item.nodeid
        for item in collected
        if node in item.listchain() and (fixture is None or fixture in getattr(item, "fixturenames", ()))
    ]
