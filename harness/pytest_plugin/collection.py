"""Finds each collected test's cassette and ``wire_config`` before any test runs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pytest

from harness.pytest_plugin.cassette_usage import Certainty
from harness.pytest_plugin.config import ConfigError, Layer, WireConfig, resolve
from harness.pytest_plugin.config_values import fault_rules
from harness.pytest_plugin.fault_marker import fault_of, without_fault
from harness.pytest_plugin.names import CassetteNameError, default_cassette, named_cassette
from harness.pytest_plugin.state import STATE, PluginState

FIXTURE_LAYER: Final = "fixture wire_config"
_MARKER_LAYER: Final = "marker cassette"
_CONFIG_FIXTURE: Final = "wire_config"
_REPEAT_PARAMETER: Final = "__pytest_repeat_step_number"
_COUNT: Final = re.compile(r"(-?)\d+-\d+\]$")
"""The last parameter in a name that pytest-repeat gave: run and runs."""
_OUR_FIXTURES: Final = "harness.pytest_plugin.fixtures"


# ---------------------------------------------------------------- names of cassettes
def given_name(node: pytest.Item | pytest.Collector, name: str | None, config: WireConfig) -> str | None:
    """Return the user's name for the cassette of a test, class or module: the marker's, else a default, else None."""
    marker = node.get_closest_marker("default_cassette")
    default = str(marker.args[0]) if marker is not None and marker.args else config.default_cassette
    return default if name is None else name


def cassette_path(node: pytest.Item | pytest.Collector, name: str | None, config: WireConfig) -> Path:
    """Return the cassette's file for a test, class or module.

    Args:
        node: The test, class or module.
        name: As `given_name` returns it.
        config: Its configuration, for the folder.

    Raises:
        CassetteNameError: The name is no valid path.
    """
    folder = (node.path if node.path.is_dir() else node.path.parent) / config.directory
    if name is not None:
        return named_cassette(folder, name)
    return default_cassette(folder, node.path.stem, test_name(node))


def test_name(node: pytest.Item | pytest.Collector) -> str:
    """Return a test's name within its module, with its classes and parameters.

    The tests that the marker ``faults`` makes of one test have one name, and so have the runs that
    pytest-repeat makes of one test (``--count``).
    """
    parts = [_own_name(each) for each in node.listchain() if isinstance(each, (pytest.Class, pytest.Item))]
    return ".".join(parts) or node.path.stem


def _own_name(node: pytest.Class | pytest.Item) -> str:
    return without_fault(_name_without_count(node), fault_of(node))


def _name_without_count(node: pytest.Class | pytest.Item) -> str:
    if _REPEAT_PARAMETER not in getattr(getattr(node, "callspec", None), "params", ()):
        return node.name
    head, *count = _COUNT.split(node.name)
    if not count:
        # Another plugin named the runs.
        return node.name
    return f"{head}]" if count[0] else head.removesuffix("[")


def marker_name(marker: pytest.Mark) -> str | None:
    """Return the name in a marker ``cassette``, or None."""
    name = marker.args[0] if marker.args else marker.kwargs.get("name")
    return None if name is None else str(name)


def marker_layers(item: pytest.Item) -> list[Layer]:
    """Return the settings in a test's markers ``cassette``, the nearest last: a test's marker overrides its class's.

    Raises:
        ConfigError: A marker has more positional arguments than a name.
    """
    layers: list[Layer] = []
    for each in reversed(list(item.iter_markers("cassette"))):
        if len(each.args) > 1 or (each.args and "name" in each.kwargs):
            raise ConfigError(
                f"too many arguments ({_MARKER_LAYER}): expected at most one name of a cassette, and keywords"
            )
        layers.append(Layer(_MARKER_LAYER, {key: value for key, value in each.kwargs.items() if key != "name"}))
    fault = fault_of(item)
    if fault is not None:
        given = next((each.values["faults"] for each in reversed(layers) if "faults" in each.values), ())
        layers.append(Layer("marker faults", {"faults": (*fault_rules(given), fault)}))
    return layers


# ---------------------------------------------------------------- the fixture wire_config
def config_fixture(node: pytest.Item) -> Any:
    """Return the definition of ``wire_config`` that a test uses; tests with the same one get the same object.

    Returns:
        None for the plugin's own definition, which sets nothing.
    """
    session: Any = node.session
    # pytest has no public way from a node to its fixtures.
    found = session._fixturemanager.getfixturedefs(_CONFIG_FIXTURE, node)  # noqa: SLF001
    nearest = found[-1] if found else None
    return None if nearest is None or nearest.func.__module__ == _OUR_FIXTURES else nearest


def has_own_config(node: pytest.Item) -> bool:
    """Whether a test without a wire uses a ``wire_config`` of the user's that can be evaluated.

    pytest passes parameters only to tests that request the fixture: with parameters, it has no value in other tests.
    """
    definition = config_fixture(node)
    if definition is None:
        return False
    return not definition.params or _CONFIG_FIXTURE in getattr(node, "fixturenames", ())


def _returns_same_for_all(definition: Any) -> bool:
    """Whether a ``wire_config`` likely returns one value for all tests: it has no parameters and no ``request``."""
    return not definition.params and "request" not in definition.argnames


# ---------------------------------------------------------------- which test uses which cassette
def note_collected(items: Sequence[pytest.Item], config: pytest.Config) -> None:
    """Note the cassettes of all collected tests, as far as markers and the configuration file tell them."""
    state = config.stash[STATE]
    state.collected.extend(items)
    folder = resolve([state.ini, state.command_line]).directory
    for item in items:
        state.usage.folders.add(item.path.parent / folder)
        if item.get_closest_marker("cassette") is None or item.get_closest_marker("live") is not None:
            continue
        definition = config_fixture(item)
        _expect(state, item, {}, Certainty.GUESSED if definition is not None else Certainty.PREDICTED)
        if definition is not None:
            state.awaiting_config.setdefault(definition, []).append(item)


def note_config(state: PluginState, item: pytest.Item, values: Mapping[str, object]) -> None:
    """Note the value of a test's ``wire_config``, and predict the cassettes of the other tests that use it."""
    definition = config_fixture(item)
    others = [] if definition is None else state.awaiting_config.pop(definition, [])
    if definition is not None and _returns_same_for_all(definition):
        for each in others:
            _expect(state, each, values, Certainty.PREDICTED)


def _expect(state: PluginState, item: pytest.Item, values: Mapping[str, object], certainty: Certainty) -> None:
    marker: Any = item.get_closest_marker("cassette")
    try:
        config = resolve([state.ini, Layer(FIXTURE_LAYER, values), *marker_layers(item), state.command_line])
        name = given_name(item, marker_name(marker), config)
        path = cassette_path(item, name, config)
    except (ConfigError, CassetteNameError):
        return  # the test fails with this error when it runs
    state.usage.expect(item.nodeid, path, certainty, is_named=name is not None)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Note all collected tests, before any is deselected."""
    note_collected(items, config)


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    """Count deselected tests: a run without them does not show which cassettes are unused."""
    if items:
        items[0].config.stash[STATE].usage.deselected += len(items)
