"""Tests of asyncio without a line of configuration: pytest-asyncio comes with us, and says nothing if nobody uses it.

In its strict mode, which is its default, it runs only tests that are marked for it. A coroutine that has a wire can be
nothing else, unless another plugin runs it.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Generator
from typing import Any, Final

import pytest

_RUNNERS: Final = ("asyncio", "anyio", "trio", "twisted")
"""Marks that say by what a coroutine is run."""
_OTHERS: Final = ("anyio_mode", "trio_mode")
"""Options by which another plugin runs coroutines that have no mark."""
_FIXTURES: Final = frozenset({"async_copilot", "copilot", "wire", "wire_proxy", "wire_factory", "turn_snapshot"})


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_pycollect_makeitem(collector: pytest.Collector) -> Generator[None, Any, Any]:
    """Mark coroutines with a wire for pytest-asyncio; as the innermost, so that it finds the mark."""
    made = yield
    if collector.config.pluginmanager.has_plugin("asyncio") and not _has_other_runner(collector.config):
        for item in made if isinstance(made, list) else [made]:  # pyright: ignore[reportUnknownVariableType]
            if isinstance(item, pytest.Function) and _is_ours(item):
                item.add_marker("asyncio")
    return made


def _is_ours(item: pytest.Function) -> bool:
    if not inspect.iscoroutinefunction(item.obj) or any(map(item.get_closest_marker, _RUNNERS)):
        return False
    return item.get_closest_marker("cassette") is not None or not _FIXTURES.isdisjoint(item.fixturenames)


def _has_other_runner(config: pytest.Config) -> bool:
    return any(_said(config, name) not in {"", "strict", "false"} for name in _OTHERS)


def _said(config: pytest.Config, name: str) -> str:
    """A value of the configuration file, or its default; empty if no plugin that is installed has such a one."""
    try:
        return str(config.getini(name) or "").lower()
    except (KeyError, ValueError):
        return ""


def quiet_asyncio(config: pytest.Config) -> None:
    """No advice about loops for somebody who has not configured pytest-asyncio; to be called before it is."""
    if _said(config, "asyncio_mode") == "strict" and not config.getoption("asyncio_mode", None):
        unset = 'The configuration option "asyncio_default_fixture_loop_scope" is unset'
        warnings.filterwarnings("ignore", message=unset, category=pytest.PytestDeprecationWarning)
