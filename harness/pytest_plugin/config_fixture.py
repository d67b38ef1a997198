"""Which fixture ``wire_config`` speaks for a test: ours, which says nothing, or one that goes over it."""

from __future__ import annotations

from typing import Any, Final

import pytest

_NAME: Final = "wire_config"
_OURS: Final = "harness.pytest_plugin.fixtures"


def config_fixture(node: pytest.Item) -> Any:
    """Which definition of the fixture a test sees: the same object for all tests that see the same one.

    Returns:
        None where it is ours.
    """
    session: Any = node.session
    found = session._fixturemanager.getfixturedefs(_NAME, node)  # noqa: SLF001  # there is no other way to it
    nearest = found[-1] if found else None
    return None if nearest is None or nearest.func.__module__ == _OURS else nearest


def has_config_of_its_own(node: pytest.Item) -> bool:
    """Whether ``wire_config`` can be asked in a test that has no wire, and is not ours.

    One with parameters speaks for tests that name it, or a wire: pytest gives no others a parameter.
    """
    definition = config_fixture(node)
    if definition is None:
        return False
    return not definition.params or _NAME in getattr(node, "fixturenames", ())


def is_same_for_all(definition: Any) -> bool:
    """Whether such a fixture can be taken to say the same to all of its tests."""
    return not definition.params and "request" not in definition.argnames
