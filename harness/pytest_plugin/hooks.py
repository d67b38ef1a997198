"""A test's outcome: failed by what went wrong on its wires, or by itself, with what the wires know about it."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from harness.pytest_plugin.failure import WireFailure
from harness.pytest_plugin.socket_guard import keep_lifted
from harness.pytest_plugin.state import STATE, PluginState
from harness.pytest_plugin.traceback_filter import internals_hidden


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: object, request: pytest.FixtureRequest) -> Generator[None, object, object]:
    """Know who asks when ``wire_factory`` is called; and let wires be reached beside pytest-socket."""
    del fixturedef
    keep_lifted(request.config)
    requests = request.config.stash[STATE].requests
    requests.append(request)
    try:
        return (yield)
    finally:
        requests.pop()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """A test whose client swallowed a refusal fails all the same."""
    state = item.config.stash[STATE]
    with_request = isinstance(item, pytest.Function)
    if with_request:
        state.requests.append(item._request)  # noqa: SLF001  # there is no other way to it  # pyright: ignore[reportPrivateUsage]
    try:
        result = yield
    finally:
        if with_request:
            state.requests.pop()
    failures = _failures(state)
    if failures:
        raise failures[0]
    for wire in state.wires:
        wire.passed.add(item.nodeid)
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Say at the client's own error what the wire knows; and keep recordings of failed tests aside."""
    state = item.config.stash[STATE]
    if call.excinfo is None or not state.wires:
        report = yield
    else:
        with internals_hidden(call.excinfo.value, full=bool(item.config.getoption("fulltrace", default=False))):
            report = yield
    if call.excinfo is None:
        return report
    from harness.pytest_plugin.failure_display import show  # noqa: PLC0415  # only when something failed

    failure = call.excinfo.value
    if isinstance(failure, WireFailure):
        show(report, failure, item.config, instead=True)
    elif report.failed and call.when != "teardown":
        for each in _failures(state):
            show(report, each, item.config, instead=False)
    if call.when != "teardown":
        _spoil(state, report, item.config)
    return report


def _failures(state: PluginState) -> list[WireFailure]:
    if not state.wires:
        return []
    from harness.pytest_plugin.verdict import current_failure  # noqa: PLC0415  # there is a wire: it is loaded

    return [failure for wire in state.wires if (failure := current_failure(wire)) is not None]


def _spoil(state: PluginState, report: pytest.TestReport, config: pytest.Config) -> None:
    """The test did not pass, was skipped, or failed as expected: its wires judge and replace nothing."""
    if not state.wires:
        return
    from harness.pytest_plugin.failure_display import show  # noqa: PLC0415  # as above
    from harness.pytest_plugin.verdict import kept_aside, unreached  # noqa: PLC0415  # as above

    for wire in state.wires:
        wire.spoiled = True
        remarks = (unreached(wire), kept_aside(wire)) if report.failed else ()
        remark: Any = "\n".join(each for each in remarks if each)
        if remark:
            show(report, WireFailure(remark, is_cause=False), config, instead=False)
