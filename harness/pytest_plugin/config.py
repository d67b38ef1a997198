"""`WireConfig`: what a test asks of its wire, put together from the layers in which it can be said."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from difflib import get_close_matches
from typing import Any, Final, Literal, TypeAlias, get_args

from harness.pytest_plugin.config_values import (
    Speed,
    age,
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
Layer: TypeAlias = tuple[str, Mapping[str, object]]
"""Where something is said, for errors, and what."""


class ConfigError(Exception):
    """A key that there is not, or a value that it cannot have; the text says where it stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WireConfig:
    """What a wire is to do. Every attribute is a key of the marker, of ``wire_config`` and of ``wire_factory``.

    Attributes:
        record_mode: What is played and what is recorded.
        speed: ``"instant"``, ``"recorded"``, or how many times as fast as recorded.
        unplayed: What becomes of a test that leaves something recorded unplayed.
        timeout: Seconds that a client may take for anything it is waited for.
        allowed_hosts: Regular expressions of host names (or addresses) that stay open while the network is blocked.
        block_network: Whether tests without a wire have no network either; with one they never do.
        match_on: What has to be equal for a recorded exchange to answer: names and callables; None for the default.
        ignore_hosts: Names of hosts that are neither blocked nor recorded.
        before_record_request: Changes a request, or keeps it (None) out of cassettes.
        before_record_response: Changes a response, or keeps its exchange (None) out of cassettes.
        filter_headers: Names of headers whose values are secret, beside those that are known.
        filter_query_parameters: Names of query values, likewise.
        filter_post_data_parameters: Names of form fields, likewise.
        redact: Further places of secrets, as ``wiretape record --redact`` takes them: ``json.items[*].id``.
        redact_personal: Whether what tells who somebody is counts as secret in any place.
        allow_playback_repeats: Whether what was played may be played again.
        default_cassette: Name of the cassette where the marker gives none.
        directory: Where cassettes are, relative to the test's own folder.
        upstream: Who is recorded: a URL, ``fake`` or ``fake:GENERATION``; None for the live service.
        generation: Of the protocol, for ``copilot`` and for a fake; None for that of the cassette, else the newest.
        clock: ``"now"``: times that lay ahead when recorded lie ahead as far; ``"recorded"``: no time is moved.
        max_age: How long ago a cassette that is played may have been recorded; None for ever.
        too_old: What becomes of a test whose cassette is older.
        allowed_origins: Origins of pages that may use the wire from another port, by CORS; ``*`` for any, but not where
            the user's own token goes to a service.
        ignore: Places whose values count for nothing, as ``wiretape replay --ignore`` takes them: ``query.t``.
        bind: Places at which any value stands for the recorded one, from then on for all of the session.
        auto_bind: Whether generated values of the client are accepted in place of recorded ones.
        strict_order: Whether requests, and the messages of a socket, have to come in the recorded order.
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
    generation: str | None = None
    clock: Clock = "now"
    max_age: timedelta | None = None
    too_old: TooOld = "error"
    allowed_origins: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    bind: tuple[str, ...] = ()
    auto_bind: bool = True
    strict_order: bool = False

    @property
    def secret_places(self) -> tuple[str, ...]:
        """All places that the configuration names, written as ``redact`` has them."""
        by_scope = (
            ("header", self.filter_headers),
            ("query", self.filter_query_parameters),
            ("form", self.filter_post_data_parameters),
        )
        return (*self.redact, *(f"{scope}.{name}" for scope, names in by_scope for name in names))


KEYS: Final = tuple(each.name for each in fields(WireConfig))


def resolve(layers: Iterable[Layer]) -> WireConfig:
    """The configuration that the layers make together; a later layer goes over an earlier one.

    Raises:
        ConfigError: A layer has an unknown key, or a value that its key cannot have.
    """
    found: dict[str, Any] = {}
    for where, said in layers:
        for key, value in said.items():
            if key not in _READERS:
                raise ConfigError(_unknown(where, key))
            try:
                found[key] = _READERS[key](value)
            except (TypeError, ValueError) as error:
                shown = _USER.sub("***@", repr(value))  # a URL's password is nobody's business
                raise ConfigError(f"{where}: {key}={shown}: {error}") from error
    return WireConfig(**found)


def _unknown(where: str, key: str) -> str:
    meant = get_close_matches(key, KEYS, n=1)
    hint = f" Did you mean {meant[0]}?" if meant else ""
    return f"{where}: there is no key {key!r}.{hint} Known: {', '.join(KEYS)}"


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
    "generation": or_none(text),
    "max_age": or_none(age),
    "too_old": one_of(*TOO_OLD),
    "ignore": named_places("ignore"),
    "bind": named_places("bind"),
    "auto_bind": flag,
    "strict_order": flag,
    "allowed_origins": origins,
}
