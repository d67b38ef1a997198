"""The marker ``faults``: a test of its own for each fault."""

from __future__ import annotations

from typing import Any, Final

import pytest

FAULT_PARAMETER: Final = "wire_fault"
"""Fixture and parameter of a test with the marker: its fault rule."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make a test for each fault of the marker ``faults``.

    Raises:
        CollectError: The marker names neither a group of faults nor a rule, or nothing.
    """
    marker = metafunc.definition.get_closest_marker("faults")
    if marker is None:
        return
    from harness.faults.groups import GROUPS, grouped_rules  # noqa: PLC0415  # only for tests with faults
    from harness.faults.rule import FaultRuleError  # noqa: PLC0415

    where = f"marker faults of {metafunc.definition.nodeid}"
    if not marker.args or marker.kwargs:
        raise pytest.Collector.CollectError(
            f"{where}: give at least one fault rule or group, and no keywords; groups: {', '.join(GROUPS)}"
        )
    try:
        rules = [str(each) for each in grouped_rules([str(each) for each in marker.args])]
    except FaultRuleError as error:
        raise pytest.Collector.CollectError(f"{where}: {error}") from error
    if FAULT_PARAMETER not in metafunc.fixturenames:
        metafunc.fixturenames.append(FAULT_PARAMETER)
    metafunc.parametrize(FAULT_PARAMETER, rules, ids=rules)


def fault_of(node: pytest.Item | pytest.Collector) -> str | None:
    """The fault rule that the marker ``faults`` gave to a test, or None."""
    params: dict[str, Any] = getattr(getattr(node, "callspec", None), "params", {})
    return params.get(FAULT_PARAMETER)


def without_fault(name: str, fault: str | None) -> str:
    """A test's name without the fault in its parameters: so all tests of one marker share a cassette."""
    if fault is None:
        return name
    places = ((f"[{fault}]", ""), (f"[{fault}-", "["), (f"-{fault}]", "]"), (f"-{fault}-", "-"))
    return next((name.replace(old, new, 1) for old, new in places if old in name), name)
