"""Runs async tests with a wire by pytest-asyncio, without any configuration.

pytest-asyncio's default, the strict mode, runs only tests with its marker. This module adds the marker to coroutines
with a wire, unless another plugin runs them.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Generator
from typing import Any, Final

import pytest

_RUNNERS: Final = ("asyncio", "anyio", "trio", "twisted")
"""Markers that select the plugin that runs a coroutine."""
_OTHERS: Final = ("anyio_mode", "trio_mode")
"""Options by which another plugin runs coroutines without a marker."""
_FIXTURES: Final = frozenset({"async_copilot", "copilot", "wire", "wire_proxy", "wire_factory", "turn_snapshot"})


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_pycollect_makeitem(collector: pytest.Collector) -> Generator[None, Any, Any]:
    """Give coroutine tests with a wire the marker ``asyncio``.

    As the innermost wrapper, so that pytest-asyncio's own wrapper sees the marker.
    """
    made = yield
    if collector.config.pluginmanager.has_plugin("asyncio") and not _has_other_runner(collector.config):
        for item in made if isinstance(made, list) else [made]:  # pyright: ignore[reportUnknownVariableType]
            if isinstance(item, pytest.Function) and _has_wire(item):
                item.add_marker("asyncio")
    return made


def _has_wire(item: pytest.Function) -> bool:
    if not inspect.iscoroutinefunction(item.obj) or any(map(item.get_closest_marker, _RUNNERS)):
        return False
    return item.get_closest_marker("cassette") is not None or not _FIXTURES.isdisjoint(item.fixturenames)


def _has_other_runner(config: pytest.Config) -> bool:
    return any(_ini_value(config, name) not in {"", "strict", "false"} for name in _OTHERS)


def _ini_value(config: pytest.Config, name: str) -> str:
    """Return a setting of the configuration file in lower case; empty if no installed plugin defines it."""
    try:
        return str(config.getini(name) or "").lower()
    except (KeyError, ValueError):
        return ""


def quiet_asyncio(config: pytest.Config) -> None:
    """Silence pytest-asyncio's advice about loops, unless the user has configured it; to call before its own hook."""
    if _ini_value(config, "asyncio_mode") == "strict" and not config.getoption("asyncio_mode", None):
        unset = 'The configuration option "asyncio_default_fixture_loop_scope" is unset'
        warnings.filterwarnings("ignore", message=unset, category=pytest.PytestDeprecationWarning)
