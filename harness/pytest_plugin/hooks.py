"""Hooks around each test: they fail it for problems on its wires, and add the wires' remarks to its report."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from harness.pytest_plugin.failure import WireFailure, show
from harness.pytest_plugin.peer_blocks import keep_socket_guard_lifted
from harness.pytest_plugin.state import STATE, PluginState
from harness.pytest_plugin.traceback_filter import internals_hidden


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: object, request: pytest.FixtureRequest) -> Generator[None, object, object]:
    """Note which fixture is being set up, for ``wire_factory``; lift pytest-socket's guard for open wires."""
    del fixturedef
    keep_socket_guard_lifted(request.config)
    requests = request.config.stash[STATE].requests
    requests.append(request)
    try:
        return (yield)
    finally:
        requests.pop()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> None:
    """Note which test begins, for the names of pages."""
    item.config.stash[STATE].pages.begin(item.nodeid)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Fail a test that passed although its wire has a problem, because its client swallowed the error."""
    state = item.config.stash[STATE]
    with_request = isinstance(item, pytest.Function)
    if with_request:
        # pytest has no public way from an item to its request.
        state.requests.append(item._request)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    try:
        result = yield
    finally:
        if with_request:
            state.requests.pop()
    failures = _new_failures(state)
    if failures:
        raise failures[0]
    for wire in state.wires:
        wire.test_passed(item.nodeid)
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the wires' problems to the report of a failed test, and discard the wires' results."""
    state = item.config.stash[STATE]
    if call.excinfo is None or not state.wires:
        report = yield
    else:
        with internals_hidden(call.excinfo.value, full=bool(item.config.getoption("fulltrace", default=False))):
            report = yield
    if call.excinfo is not None:
        _add_problems(state, report, call.excinfo.value, item.config, when=call.when)
    state.pages.settle(is_red=report.failed)
    return report


def _add_problems(
    state: PluginState, report: pytest.TestReport, failure: BaseException, config: pytest.Config, *, when: str
) -> None:
    if isinstance(failure, WireFailure):
        show(report, failure, config, instead=True)
    elif report.failed and when != "teardown":
        for each in _new_failures(state):
            show(report, each, config, instead=False)
    if when != "teardown":
        _mark_not_passed(state, report, config)


def _new_failures(state: PluginState) -> list[WireFailure]:
    return [failure for wire in state.wires if (failure := wire.new_failure()) is not None]


def _mark_not_passed(state: PluginState, report: pytest.TestReport, config: pytest.Config) -> None:
    """Discard the results of the open wires: the test failed, was skipped, or failed as expected."""
    for wire in state.wires:
        wire.test_did_not_pass()
        remarks = wire.remarks() if report.failed else ""
        if remarks:
            show(report, WireFailure(remarks, is_cause=False), config, instead=False)
