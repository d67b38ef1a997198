"""The plugin's options: on the command line and in the configuration file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pytest

from harness.pytest_plugin.async_tests import quiet_asyncio
from harness.pytest_plugin.config import (
    CLOCKS,
    RECORD_MODES,
    TOO_OLD,
    UNPLAYED,
    ConfigError,
    Layer,
    WireConfig,
    resolve,
)
from harness.pytest_plugin.config_values import FAKE
from harness.pytest_plugin.fixtures import async_fixtures
from harness.pytest_plugin.peer_blocks import peer_fixtures
from harness.pytest_plugin.peers import RECORDING, is_loaded, options_of_peers
from harness.pytest_plugin.state import STATE, PluginState

_INI: Final = {
    "record_mode": ("string", f"what to replay and what to record: {', '.join(RECORD_MODES)}"),
    "speed": ("string", "instant, recorded, or a factor: 10 replays ten times as fast as recorded"),
    "clock": ("string", "now: shift recorded times that lay ahead, so that they lie ahead again; recorded: shift none"),
    "unplayed": ("string", f"how to treat tests that leave exchanges unplayed: {', '.join(UNPLAYED)}"),
    "timeout": ("string", "seconds to wait for a client's next request or message"),
    "allowed_hosts": ("linelist", "regular expressions of hosts that stay reachable while the network is blocked"),
    "block_network": ("bool", "block the network in tests without a wire, too (a wire always blocks it)"),
    "match_on": ("linelist", "matchers that a recorded exchange has to satisfy"),
    "ignore": ("linelist", "places whose values do not count: query.t, json.items[*].id, path[2]"),
    "bind": ("linelist", "places at which any value matches the recorded one and replaces it in the session"),
    "auto_bind": ("bool", "accept values that the client generates in place of recorded ones"),
    "faults": ("linelist", "fault rules that spoil what clients get: cut after 3 messages of /chat"),
    "report": ("string", "folder for a page of each red replay, relative to where pytest was started"),
    "strict_order": ("bool", "requests and messages must arrive in the recorded order"),
    "ignore_hosts": ("linelist", "hosts that are neither blocked nor recorded"),
    "filter_headers": ("linelist", "further headers to redact"),
    "filter_query_parameters": ("linelist", "further query parameters to redact"),
    "filter_post_data_parameters": ("linelist", "further form fields to redact"),
    "redact": ("linelist", "further places to redact: query.NAME, header.NAME, json.a.b[*].c, path[2]"),
    "redact_personal": ("bool", "redact personal data wherever it appears"),
    "allow_playback_repeats": ("bool", "an exchange may be played more than once"),
    "directory": ("string", "folder of the cassettes, relative to the test's own folder (default: cassettes)"),
    "upstream": ("string", "service to record: a URL, fake or fake:GENERATION (default: the live service)"),
    "upstreams": ("linelist", "further services of a session, each with a port of its own: gateway=wss://HOST"),
    "profile": ("string", "the service's profile, built in or of wiretape.toml (default: by the service's host)"),
    "generation": ("string", "protocol generation of the client fixtures and of a fake"),
    "max_age": ("string", "greatest age of a cassette that is replayed: 36h, 90d, 12w, 1y"),
    "too_old": ("string", f"how to treat a test whose cassette is older: {', '.join(TOO_OLD)}"),
    "allowed_origins": ("linelist", "origins of pages that may use a wire from another port (CORS)"),
}
_SHARED: Final[Mapping[str, Mapping[str, Any]]] = {
    "--record-mode": {"choices": RECORD_MODES, "help": "what to replay and what to record (default: none)"},
    "--block-network": {
        "action": "store_true",
        "default": False,
        "help": "block the network in all tests but live ones",
    },
    "--allowed-hosts": {
        "metavar": "HOSTS",
        "help": "regular expressions of hosts that stay reachable, separated by commas",
    },
    "--disable-recording": {
        "action": "store_true",
        "default": False,
        "help": "use no cassettes: pass everything to the service and record nothing",
    },
}
"""Options that other plugins define, too. pytest accepts each only once, so the first plugin's serves all."""
_MARKERS: Final = (
    "cassette(name=None, **config): replay (or record) this cassette; by default one per test, named after the test.",
    "default_cassette(name): the cassette of tests whose marker has no name.",
    "faults(*rules): a test for each fault rule; requests, upgrades, streaming and messages stand for groups of rules.",
    "live: leave the network open and use no cassette; `wire` passes everything to the service.",
    "block_network(allowed_hosts=None): block the network in this test, but for these hosts.",
)


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Add our options, except those that another plugin adds."""
    group = parser.getgroup("wiretape", "recording and replaying services (wiretape)")
    taken = options_of_peers(pluginmanager)
    for name, settings in _SHARED.items():
        if name not in taken:
            group.addoption(name, **settings)
    group.addoption("--wire-record-mode", choices=RECORD_MODES, help="the same as --record-mode, and overrides it")
    group.addoption("--wire-speed", metavar="SPEED", help="instant (default), recorded, or a factor such as 10")
    group.addoption("--wire-clock", choices=CLOCKS, help="now (default): shift times that lay ahead; or recorded")
    group.addoption("--wire-unplayed", choices=UNPLAYED, help="how to treat tests that leave exchanges unplayed")
    group.addoption("--wire-timeout", metavar="SECONDS", help="how long to wait for a client's next request")
    group.addoption("--wire-upstream", metavar="URL", help="service to record: a URL, `fake` or `fake:GENERATION`")
    group.addoption("--wire-profile", metavar="NAME", help="the service's profile (default: by the service's host)")
    group.addoption("--wire-report", metavar="DIR", help="write a page of each red replay into this folder")
    group.addoption("--check-orphans", action="store_true", default=False, help="fail if no test uses some cassette")
    for key, (kind, text) in _INI.items():
        parser.addini(f"wire_{key}", text, type=kind, default=None)  # pyright: ignore[reportArgumentType]  # a table


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Register the markers, and report invalid options before any test runs."""
    quiet_asyncio(config)
    for marker in _MARKERS:
        config.addinivalue_line("markers", marker)
    ini, command_line = _ini_layer(config), _command_line_layer(config)
    try:
        _check_names(resolve([ini, command_line]))
    except ConfigError as error:
        raise pytest.UsageError(str(error)) from error
    config.stash[STATE] = PluginState(config, ini, command_line)
    config.pluginmanager.register(async_fixtures(config.pluginmanager), "wiretape-async")
    if is_loaded(config.pluginmanager, RECORDING):
        config.pluginmanager.register(peer_fixtures(), "wiretape-peer")


def _check_names(settings: WireConfig) -> None:
    """Check the names of generations and matchers. Without such names nothing is imported.

    Raises:
        ConfigError: A name is unknown.
    """
    kind, _, of_fake = (settings.upstream or "").partition(":")
    generations = [name for name in (settings.generation, of_fake if kind == FAKE else None) if name]
    if generations:
        from provider.wire.errors import UsageError  # noqa: PLC0415  # only where it is set
        from provider.wire.generations import find_generation  # noqa: PLC0415  # as above

        try:
            for name in generations:
                find_generation(name)
        except UsageError as error:
            raise ConfigError(str(error)) from error
    if settings.match_on is not None:
        from harness.match.match_on import MatchOn, UnknownMatcherError  # noqa: PLC0415  # as above

        try:
            MatchOn.of(settings.match_on)
        except UnknownMatcherError as error:
            raise ConfigError(str(error)) from error


def _ini_layer(config: pytest.Config) -> Layer:
    """Return the settings of the configuration file."""
    values = {key: config.getini(f"wire_{key}") for key in _INI}
    given = {key: value for key, value in values.items() if value is not None}
    return Layer("configuration file", given, prefix="wire_")


def _command_line_layer(config: pytest.Config) -> Layer:
    """Return the settings of the command line."""
    values = {
        "record_mode": config.getoption("wire_record_mode") or config.getoption("record_mode", default=None),
        "speed": config.getoption("wire_speed"),
        "clock": config.getoption("wire_clock"),
        "unplayed": config.getoption("wire_unplayed"),
        "timeout": config.getoption("wire_timeout"),
        "upstream": config.getoption("wire_upstream"),
        "profile": config.getoption("wire_profile"),
        "report": config.getoption("wire_report"),
        "allowed_hosts": config.getoption("allowed_hosts", default=None),
        "block_network": config.getoption("block_network", default=False) or None,
    }
    return Layer("command line", {key: value for key, value in values.items() if value is not None})
