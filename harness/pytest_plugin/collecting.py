"""What is known of cassettes from the collected tests alone: who names which."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from harness.pytest_plugin.config import DEFAULT_DIRECTORY, WireConfig
from harness.pytest_plugin.names import default_cassette, named_cassette
from harness.pytest_plugin.state import STATE


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


def claim(items: Sequence[pytest.Item], config: pytest.Config) -> None:
    """Note which test names which cassette, as far as markers and configuration file tell."""
    state = config.stash[STATE]
    state.collected.extend(items)
    usage, said = state.usage, state.ini[1]
    directory = str(said.get("directory") or DEFAULT_DIRECTORY)
    for item in items:
        usage.folders.add(item.path.parent / directory)
        marker = item.get_closest_marker("cassette")
        if marker is None or item.get_closest_marker("live") is not None:
            continue
        default = marker.kwargs.get("default_cassette")
        own = WireConfig(directory=str(marker.kwargs.get("directory") or directory), default_cassette=default)
        usage.claim(cassette_path(item, given_name(item, marker_name(marker), own), own), item.nodeid)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Before anything is deselected: all that were collected have their claims."""
    claim(items, config)


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    """Tests that are not run, of a run that is no whole one then."""
    if items:
        items[0].config.stash[STATE].usage.deselected += len(items)
