"""Options of the command line and of the configuration file."""

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
    "record_mode": ("string", f"what is played and what recorded: {', '.join(RECORD_MODES)}"),
    "speed": ("string", "instant, recorded, or how many times as fast as recorded"),
    "clock": ("string", "now: times that lay ahead when recorded lie ahead as far; recorded: no time is moved"),
    "unplayed": ("string", f"what becomes of tests that leave something unplayed: {', '.join(UNPLAYED)}"),
    "timeout": ("string", "seconds that a client may take for anything it is waited for"),
    "allowed_hosts": ("linelist", "regular expressions of hosts that stay open while the network is blocked"),
    "block_network": ("bool", "whether tests without a wire have no network either (with one they never do)"),
    "match_on": ("linelist", "what has to be equal for a recorded exchange to answer"),
    "ignore": ("linelist", "places whose values count for nothing: query.t, json.items[*].id, path[2]"),
    "bind": ("linelist", "places at which any value stands for the recorded one, from then on everywhere"),
    "auto_bind": ("bool", "whether generated values of the client are accepted in place of recorded ones"),
    "strict_order": ("bool", "whether requests and messages have to come in the recorded order"),
    "ignore_hosts": ("linelist", "hosts that are neither blocked nor recorded"),
    "filter_headers": ("linelist", "names of further headers whose values are secret"),
    "filter_query_parameters": ("linelist", "names of further query values that are secret"),
    "filter_post_data_parameters": ("linelist", "names of further form fields that are secret"),
    "redact": ("linelist", "further places of secrets: query.NAME, header.NAME, json.a.b[*].c, path[2]"),
    "redact_personal": ("bool", "whether what tells who somebody is counts as secret in any place"),
    "allow_playback_repeats": ("bool", "whether what was played may be played again"),
    "directory": ("string", "where cassettes are, relative to the test's own folder (default: cassettes)"),
    "upstream": ("string", "who is recorded: a URL, fake or fake:GENERATION; the live service by default"),
    "generation": ("string", "generation of the protocol, for the client fixtures and for a fake"),
    "max_age": ("string", "how long ago a cassette that is played may have been recorded: 36h, 90d, 12w, 1y"),
    "too_old": ("string", f"what becomes of a test whose cassette is older: {', '.join(TOO_OLD)}"),
    "allowed_origins": ("linelist", "origins of pages that may use a wire from another port, by CORS"),
}
_SHARED: Final[Mapping[str, Mapping[str, Any]]] = {
    "--record-mode": {"choices": RECORD_MODES, "help": "what is played and what is recorded (default: none)"},
    "--block-network": {
        "action": "store_true",
        "default": False,
        "help": "block the network in every test but live ones",
    },
    "--allowed-hosts": {
        "metavar": "HOSTS",
        "help": "regular expressions of hosts that stay open, with commas between",
    },
    "--disable-recording": {
        "action": "store_true",
        "default": False,
        "help": "use no cassettes: everything goes to the service, and nothing is recorded",
    },
}
"""Options that other plugins have, too: whose comes first, counts for all."""
_MARKERS: Final = (
    "cassette(name=None, **config): play (or record) this cassette; by default one per test, named after it.",
    "default_cassette(name): the cassette of tests whose marker gives no name.",
    "live: the network is open, no cassette is in use, and `wire` passes on to the service.",
    "block_network(allowed_hosts=None): block the network in this test, but for these hosts.",
)


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Add ours; what others have, too, is left to them where they are there."""
    group = parser.getgroup("wiretape", "recording and replaying services (wiretape)")
    taken = options_of_peers(pluginmanager)
    for name, settings in _SHARED.items():
        if name not in taken:
            group.addoption(name, **settings)
    group.addoption("--wire-record-mode", choices=RECORD_MODES, help="as --record-mode, and over it")
    group.addoption("--wire-speed", metavar="SPEED", help="instant (default), recorded, or a factor such as 10")
    group.addoption("--wire-clock", choices=CLOCKS, help="now (default): times that lay ahead do so again, or recorded")
    group.addoption("--wire-unplayed", choices=UNPLAYED, help="what becomes of tests that leave something unplayed")
    group.addoption("--wire-timeout", metavar="SECONDS", help="how long a client may take for what it is waited for")
    group.addoption("--wire-upstream", metavar="URL", help="who is recorded: a URL, `fake` or `fake:GENERATION`")
    group.addoption(
        "--check-orphans", action="store_true", default=False, help="fail if there are cassettes that no test uses"
    )
    for key, (kind, text) in _INI.items():
        parser.addini(f"wire_{key}", text, type=kind, default=None)  # pyright: ignore[reportArgumentType]  # a table


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Register the markers, and refuse wrong options before any test runs."""
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


def _check_names(said: WireConfig) -> None:
    """Refuse generations and matchers that there are not. Who names none has nothing imported for it.

    Raises:
        ConfigError: There is no such one.
    """
    kind, _, of_fake = (said.upstream or "").partition(":")
    generations = [name for name in (said.generation, of_fake if kind == FAKE else None) if name]
    if generations:
        from provider.wire.errors import UsageError  # noqa: PLC0415  # only where it is said
        from provider.wire.generations import find_generation  # noqa: PLC0415  # as above

        try:
            for name in generations:
                find_generation(name)
        except UsageError as error:
            raise ConfigError(str(error)) from error
    if said.match_on is not None:
        from harness.match.selection import MatchOn, UnknownMatcherError  # noqa: PLC0415  # as above

        try:
            MatchOn.of(said.match_on)
        except UnknownMatcherError as error:
            raise ConfigError(str(error)) from error


def _ini_layer(config: pytest.Config) -> Layer:
    """What the configuration file says."""
    said = {key: config.getini(f"wire_{key}") for key in _INI}
    return "the configuration file (wire_..)", {key: value for key, value in said.items() if value is not None}


def _command_line_layer(config: pytest.Config) -> Layer:
    """What the command line says."""
    said = {
        "record_mode": config.getoption("wire_record_mode") or config.getoption("record_mode", default=None),
        "speed": config.getoption("wire_speed"),
        "clock": config.getoption("wire_clock"),
        "unplayed": config.getoption("wire_unplayed"),
        "timeout": config.getoption("wire_timeout"),
        "upstream": config.getoption("wire_upstream"),
        "allowed_hosts": config.getoption("allowed_hosts", default=None),
        "block_network": config.getoption("block_network", default=False) or None,
    }
    return "the command line", {key: value for key, value in said.items() if value is not None}


def recording_is_disabled(config: pytest.Config) -> bool:
    """Whether ``--disable-recording`` was given."""
    return bool(config.getoption("disable_recording", default=False))


def mode_option(config: pytest.Config) -> str:
    """The option that sets our record mode, and nobody else's."""
    return "--wire-record-mode" if options_of_peers(config.pluginmanager) else "--record-mode"
