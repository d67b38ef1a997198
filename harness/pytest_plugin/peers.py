"""Other plugins with options of the same names as ours. pytest stops if two plugins add the same option."""

from __future__ import annotations

import importlib.util
import os
import shlex
from collections.abc import Iterator
from typing import Final, NamedTuple

import pytest


class Peer(NamedTuple):
    """Another plugin.

    Attributes:
        plugin: Name of its entry point.
        module: Module that the entry point loads.
        options: The options that both it and we define.
    """

    plugin: str
    module: str
    options: frozenset[str]


RECORDING: Final = Peer(
    "recording",
    "pytest_recording.plugin",
    frozenset({"--record-mode", "--block-network", "--allowed-hosts", "--disable-recording"}),
)
_PEERS: Final = (RECORDING, Peer("cassetter", "cassetter.pytest_plugin", frozenset({"--record-mode"})))


def is_loaded(plugins: pytest.PytestPluginManager, peer: Peer) -> bool:
    """Whether pytest has loaded a plugin by now."""
    return plugins.has_plugin(peer.plugin) or plugins.has_plugin(peer.module)


def options_of_peers(plugins: pytest.PytestPluginManager) -> frozenset[str]:
    """Return the options that other plugins define: those that are loaded, and those that pytest will load."""
    named = list(_plugin_words(plugins))
    autoloads = not os.environ.get("PYTEST_DISABLE_PLUGIN_AUTOLOAD") and "--disable-plugin-autoload" not in named
    taken: set[str] = set()
    for peer in _PEERS:
        by_itself = autoloads and not plugins.is_blocked(peer.plugin) and _is_installed(peer)
        by_name = any(name in named and not plugins.is_blocked(name) for name in (peer.plugin, peer.module))
        if is_loaded(plugins, peer) or by_itself or by_name:
            taken |= peer.options
    return frozenset(taken)


def _is_installed(peer: Peer) -> bool:
    return importlib.util.find_spec(peer.module.partition(".")[0]) is not None


def _plugin_words(plugins: pytest.PytestPluginManager) -> Iterator[str]:
    """Yield the words that decide which plugins pytest loads: the names after ``-p``, and long options."""
    config = plugins.get_plugin("pytestconfig")
    if not isinstance(config, pytest.Config):
        return
    yield from (name.strip() for name in os.environ.get("PYTEST_PLUGINS", "").split(","))
    # xdist's workers receive the command line's -p here, and no arguments.
    yield from config.getoption("plugins", None) or ()
    configured = [*shlex.split(os.environ.get("PYTEST_ADDOPTS", "")), *config.getini("addopts")]
    words = iter([*configured, *map(str, config.invocation_params.args)])
    for word in words:
        if word.startswith("--"):
            yield word
        elif word.startswith("-p"):
            yield (word[2:] or next(words, "")).strip()
