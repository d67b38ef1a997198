"""`WireConfig`: the settings of a test's wire, merged from layers.

Lowest first: configuration file, fixture ``wire_config``, marker or ``wire_factory``, command line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from difflib import get_close_matches
from typing import Any, Final, Literal, NamedTuple, TypeAlias, get_args

from harness.pytest_plugin.config_values import (
    Speed,
    age,
    fault_rules,
    filtered,
    flag,
    folder,
    function,
    hosts,
    matchers,
    named_places,
    one_of,
    or_none,
    origins,
    places,
    seconds,
    speed,
    text,
    upstream,
    upstreams,
)

RecordMode: TypeAlias = Literal["none", "once", "new_episodes", "all", "rewrite", "verify"]
RECORD_MODES: Final[tuple[str, ...]] = get_args(RecordMode)
Unplayed: TypeAlias = Literal["error", "warn", "ignore"]
UNPLAYED: Final[tuple[str, ...]] = get_args(Unplayed)
Clock: TypeAlias = Literal["now", "recorded"]
CLOCKS: Final[tuple[str, ...]] = get_args(Clock)
DEFAULT_DIRECTORY: Final = "cassettes"
TooOld: TypeAlias = Literal["error", "warn"]
TOO_OLD: Final = ("error", "warn")
_USER: Final = re.compile(r"(?<=//)[^/@'\"]*@")


class Layer(NamedTuple):
    """Settings from one source.

    Attributes:
        source: Where they were written, for error texts: ``marker cassette``.
        values: The settings by key.
        prefix: Text before each key at its source, for error texts: ``wire_`` in the configuration file.
    """

    source: str
    values: Mapping[str, object]
    prefix: str = ""


class ConfigError(Exception):
    """A setting has an unknown key or an invalid value; the text names the source."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WireConfig:
    """The settings of one wire. Each attribute is a key of the marker, of ``wire_config`` and of ``wire_factory``.

    Attributes:
        record_mode: What to replay and what to record.
        speed: ``"instant"``, ``"recorded"``, or a factor: 10 replays ten times as fast as recorded.
        unplayed: How to treat a test that leaves recorded exchanges unplayed.
        timeout: Seconds to wait for the client's next request or message before the replay reports a problem.
        allowed_hosts: Regular expressions of host names or addresses that stay reachable while the network is blocked.
        block_network: Whether to block the network in tests without a wire, too. A wire always blocks it.
        match_on: Names of matchers and callables that a recorded exchange has to satisfy; None for the default ones.
        ignore_hosts: Hosts that are neither blocked nor recorded.
        before_record_request: Callable that edits a request before it is recorded, or returns None to drop it.
        before_record_response: Callable that edits a response, or returns None to drop its exchange.
        filter_headers: Names of further headers whose values the redactor replaces.
        filter_query_parameters: Names of further query parameters to redact.
        filter_post_data_parameters: Names of further form fields to redact.
        redact: Further places to redact, written as for ``wiretape record --redact``: ``json.items[*].id``.
        redact_personal: Whether to redact personal data wherever it appears.
        allow_playback_repeats: Whether an exchange may be played more than once.
        default_cassette: Name of the cassette for markers without a name.
        directory: Folder of the cassettes, relative to the test's own folder.
        upstream: Service to record: a URL, ``fake`` or ``fake:GENERATION``; None for the live service.
        upstreams: Further services of the session, name -> origin; each gets a port of its own, `Wire.upstreams`.
        profile: Name of the service's profile, built in or of the project; None to choose it by the service's host.
        generation: Protocol generation of ``copilot`` and of a fake; None for the cassette's, else the newest.
        clock: ``"now"`` shifts recorded times that lay ahead, so that they lie ahead again; ``"recorded"`` shifts none.
        max_age: Greatest age of a cassette that is replayed; None for no limit.
        too_old: How to treat a test whose cassette is older than ``max_age``.
        allowed_origins: Origins of pages that may use the wire from another port (CORS); ``*`` for any, except where
            the user's own token goes to a service.
        ignore: Places whose values do not count, written as for ``wiretape replay --ignore``: ``query.t``.
        bind: Places at which any value matches the recorded one, and replaces it for the rest of the session.
        auto_bind: Whether to bind values that the client generated, such as ids, without being asked.
        strict_order: Whether requests, and the messages of a socket, must arrive in the recorded order.
        report: Folder of the pages that red tests leave behind; None for no pages.
        faults: Fault rules, which spoil what the client gets: ``cut after 3 messages of /chat``.
    """

    record_mode: RecordMode = "none"
    speed: Speed = "instant"
    unplayed: Unplayed = "error"
    timeout: float = 5.0
    allowed_hosts: tuple[str, ...] = ()
    block_network: bool = False
    match_on: tuple[str | Callable[..., object], ...] | None = None
    ignore_hosts: tuple[str, ...] = ()
    before_record_request: Callable[..., Any] | None = field(default=None, repr=False)
    before_record_response: Callable[..., Any] | None = field(default=None, repr=False)
    filter_headers: tuple[str, ...] = ()
    filter_query_parameters: tuple[str, ...] = ()
    filter_post_data_parameters: tuple[str, ...] = ()
    redact: tuple[str, ...] = ()
    redact_personal: bool = False
    allow_playback_repeats: bool = False
    default_cassette: str | None = None
    directory: str = DEFAULT_DIRECTORY
    upstream: str | None = None
    upstreams: Mapping[str, str] = field(default_factory=dict[str, str], hash=False)
    profile: str | None = None
    generation: str | None = None
    clock: Clock = "now"
    max_age: timedelta | None = None
    too_old: TooOld = "error"
    allowed_origins: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    bind: tuple[str, ...] = ()
    auto_bind: bool = True
    strict_order: bool = False
    faults: tuple[str, ...] = ()
    report: str | None = None

    @property
    def secret_places(self) -> tuple[str, ...]:
        """All places to redact, in the notation of ``redact``."""
        by_scope = (
            ("header", self.filter_headers),
            ("query", self.filter_query_parameters),
            ("form", self.filter_post_data_parameters),
        )
        return (*self.redact, *(f"{scope}.{name}" for scope, names in by_scope for name in names))


KEYS: Final = tuple(each.name for each in fields(WireConfig))


def resolve(layers: Iterable[Layer]) -> WireConfig:
    """Merge layers into one configuration; a later layer overrides an earlier one, key by key.

    Raises:
        ConfigError: A layer has an unknown key or an invalid value.
    """
    found: dict[str, Any] = {}
    for layer in layers:
        for key, value in layer.values.items():
            if key not in _READERS:
                raise ConfigError(_unknown_key(layer.source, key))
            try:
                found[key] = _READERS[key](value)
            except (TypeError, ValueError) as error:
                # A URL's user part may hold a password.
                shown = _USER.sub("***@", repr(value))
                raise ConfigError(f"{layer.prefix}{key}={shown} ({layer.source}): {error}") from error
    return WireConfig(**found)


def _unknown_key(source: str, key: str) -> str:
    meant = get_close_matches(key, KEYS, n=1)
    hint = f"did you mean {meant[0]!r}? Expected" if meant else "expected"
    return f"unknown key {key!r} ({source}): {hint} one of {', '.join(KEYS)}"


_READERS: Final[Mapping[str, Callable[[object], object]]] = {
    "record_mode": one_of(*RECORD_MODES),
    "speed": speed,
    "clock": one_of(*CLOCKS),
    "unplayed": one_of(*UNPLAYED),
    "timeout": seconds,
    "allowed_hosts": hosts,
    "block_network": flag,
    "match_on": or_none(matchers),
    "ignore_hosts": hosts,
    "before_record_request": or_none(function),
    "before_record_response": or_none(function),
    "filter_headers": filtered,
    "filter_query_parameters": filtered,
    "filter_post_data_parameters": filtered,
    "redact": places,
    "redact_personal": flag,
    "allow_playback_repeats": flag,
    "default_cassette": or_none(text),
    "directory": folder,
    "upstream": or_none(upstream),
    "upstreams": upstreams,
    "profile": or_none(text),
    "generation": or_none(text),
    "max_age": or_none(age),
    "too_old": one_of(*TOO_OLD),
    "ignore": named_places("ignore"),
    "bind": named_places("bind"),
    "auto_bind": flag,
    "strict_order": flag,
    "faults": fault_rules,
    "report": or_none(folder),
    "allowed_origins": origins,
}
