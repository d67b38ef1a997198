"""What is known of cassettes from the collected tests alone: who names which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from harness.pytest_plugin.cassette_usage import Certainty
from harness.pytest_plugin.config import ConfigError, Layer, WireConfig, resolve
from harness.pytest_plugin.config_fixture import config_fixture, is_same_for_all
from harness.pytest_plugin.names import CassetteNameError, default_cassette, named_cassette
from harness.pytest_plugin.state import STATE, PluginState


def given_name(node: pytest.Item | pytest.Collector, name: str | None, config: WireConfig) -> str | None:
    """The name of a test's, class's or module's cassette, if it has one of its own: from its marker, or a default."""
    marker = node.get_closest_marker("default_cassette")
    default = str(marker.args[0]) if marker is not None and marker.args else config.default_cassette
    return default if name is None else name


def cassette_path(node: pytest.Item | pytest.Collector, name: str | None, config: WireConfig) -> Path:
    """The file of the cassette that a test, class or module means.

    Args:
        node: The test, or what stands for several.
        name: See `given_name`.
        config: Where cassettes are.

    Raises:
        CassetteNameError: The name is no file's.
    """
    folder = (node.path if node.path.is_dir() else node.path.parent) / config.directory
    if name is not None:
        return named_cassette(folder, name)
    return default_cassette(folder, node.path.stem, test_name(node))


def test_name(node: pytest.Item | pytest.Collector) -> str:
    """What a test is called within its module: with its classes, and its parameters."""
    parts = [each.name for each in node.listchain() if isinstance(each, (pytest.Class, pytest.Item))]
    return ".".join(parts) or node.path.stem


def marker_name(marker: pytest.Mark) -> str | None:
    """The name that a marker ``cassette`` gives, or None."""
    name = marker.args[0] if marker.args else marker.kwargs.get("name")
    return None if name is None else str(name)


def marker_layers(item: pytest.Item) -> list[Layer]:
    """What the markers ``cassette`` say; the nearest comes last: a test's own goes over its class's.

    Raises:
        ConfigError: One has more than a name and keywords.
    """
    layers: list[Layer] = []
    for each in reversed(list(item.iter_markers("cassette"))):
        if len(each.args) > 1 or (each.args and "name" in each.kwargs):
            raise ConfigError("the marker cassette takes one name, and keywords")
        layers.append(("the marker cassette", {key: value for key, value in each.kwargs.items() if key != "name"}))
    return layers


# ---------------------------------------------------------------- who names which
def claim(items: Sequence[pytest.Item], config: pytest.Config) -> None:
    """Note which test names which cassette; what a ``wire_config`` says to it, is not known before it runs."""
    state = config.stash[STATE]
    state.collected.extend(items)
    folder = resolve([state.ini, state.command_line]).directory
    for item in items:
        state.usage.folders.add(item.path.parent / folder)
        if item.get_closest_marker("cassette") is None or item.get_closest_marker("live") is not None:
            continue
        definition = config_fixture(item)
        _expect(state, item, {}, Certainty.GUESSED if definition is not None else Certainty.FORETOLD)
        if definition is not None:
            state.spoken_for.setdefault(definition, []).append(item)


def learn(state: PluginState, item: pytest.Item, said: Mapping[str, object]) -> None:
    """A ``wire_config`` has spoken to a test: most likely it says the same to the others that it speaks for."""
    definition = config_fixture(item)
    others = [] if definition is None else state.spoken_for.pop(definition, [])
    if definition is not None and is_same_for_all(definition):
        for each in others:
            _expect(state, each, said, Certainty.FORETOLD)


def _expect(state: PluginState, item: pytest.Item, said: Mapping[str, object], certainty: Certainty) -> None:
    marker: Any = item.get_closest_marker("cassette")
    try:
        config = resolve([state.ini, ("the fixture wire_config", said), *marker_layers(item), state.command_line])
        name = given_name(item, marker_name(marker), config)
        path = cassette_path(item, name, config)
    except (ConfigError, CassetteNameError):
        return  # the test fails for it, when it runs
    state.usage.expect(item.nodeid, path, certainty, is_named=name is not None)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Before anything is deselected: all that were collected have their claims."""
    claim(items, config)


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    """Tests that are not run, of a run that is no whole one then."""
    if items:
        items[0].config.stash[STATE].usage.deselected += len(items)
