"""`WireConfig`: what a test asks of its wire, put together from the layers in which it can be said."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from difflib import get_close_matches
from typing import Any, Final, Literal, TypeAlias, cast, get_args
from urllib.parse import urlsplit

from harness.cassette.age import read_age
from harness.pytest_plugin.names import check_path
from harness.redact.custom_places import CustomPlaces, PlaceError

RecordMode: TypeAlias = Literal["none", "once", "new_episodes", "all", "rewrite", "verify"]
RECORD_MODES: Final[tuple[str, ...]] = get_args(RecordMode)
Unplayed: TypeAlias = Literal["error", "warn", "ignore"]
UNPLAYED: Final[tuple[str, ...]] = get_args(Unplayed)
Speed: TypeAlias = Literal["instant", "recorded"] | float
Clock: TypeAlias = Literal["now", "recorded"]
CLOCKS: Final[tuple[str, ...]] = get_args(Clock)
DEFAULT_DIRECTORY: Final = "cassettes"
FAKE: Final = "fake"
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


# ---------------------------------------------------------------- what a value may be
def _one_of(*words: str) -> Callable[[object], str]:
    def read(value: object) -> str:
        if value not in words:
            raise ValueError(f"it is one of {', '.join(words)}")
        return str(value)

    return read


def _speed(value: object) -> Speed:
    if value == "instant":
        return "instant"
    if value == "recorded":
        return "recorded"
    try:
        number = float(value) if isinstance(value, (str, int, float)) and not isinstance(value, bool) else 0.0
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise ValueError('it is "instant", "recorded" or a number above zero')
    return number


def _seconds(value: object) -> float:
    try:
        number = float(value) if isinstance(value, (str, int, float)) and not isinstance(value, bool) else 0.0
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise ValueError("it is a number of seconds above zero")
    return number


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError("it is True or False")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError("it is a text, and not empty")
    return value


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(part for part in (each.strip() for each in value.split(",")) if part)
    if not isinstance(value, Iterable):
        raise TypeError("it is a list of texts")
    return tuple(_text(each) for each in value)


def _filtered(value: object) -> tuple[str, ...]:
    """Names, or pairs as vcrpy has them, of a name and what is to stand there: here a placeholder always does."""
    if isinstance(value, str) or not isinstance(value, Iterable):
        return _texts(value)
    pairs = (each[0] if isinstance(each, (tuple, list)) and each else each for each in cast("Iterable[Any]", value))
    return tuple(_text(each) for each in pairs)


def _places(value: object) -> tuple[str, ...]:
    places = _texts(value)
    try:
        CustomPlaces(places)
    except PlaceError as error:
        raise ValueError(str(error)) from error
    return places


def _hosts(value: object) -> tuple[str, ...]:
    hosts = _texts(value)
    for host in hosts:
        try:
            re.compile(host)
        except re.error as error:
            raise ValueError(f"{host!r} is no regular expression: {error}") from error
    return hosts


def _origins(value: object) -> tuple[str, ...]:
    from fake_server.host.pages import page_origin  # noqa: PLC0415  # only where it is said

    return tuple(map(page_origin, _texts(value)))


def _folder(value: object) -> str:
    folder = _text(value)
    check_path(folder, may_lead_out=True)
    return folder


def _upstream(value: object) -> str:
    said = _text(value)
    if said.partition(":")[0] == FAKE:
        return said
    parts = urlsplit(said)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
        raise ValueError("it is no http:// or https:// URL, and not `fake` or `fake:GENERATION` either")
    if "@" in parts.netloc:
        raise ValueError("it has a user, which would stand in logs: tokens are given by COPILOT_TOKEN")
    return said


def _function(value: object) -> Callable[..., Any]:
    if not callable(value):
        raise TypeError("it is a function")
    return value


def _matchers(value: object) -> tuple[str | Callable[..., object], ...]:
    if isinstance(value, str):
        return _texts(value)
    if not isinstance(value, Iterable):
        raise TypeError("it is a list of names and functions")
    return tuple(each if callable(each) else _text(each) for each in value)


def _age(value: object) -> timedelta:
    found = value if isinstance(value, timedelta) else read_age(_text(value))
    if found is None:
        raise ValueError("it is an age such as 36h, 90d, 12w or 1y")
    return found


def _or_none(read: Callable[[object], object]) -> Callable[[object], object]:
    return lambda value: None if value is None else read(value)


_READERS: Final[Mapping[str, Callable[[object], object]]] = {
    "record_mode": _one_of(*RECORD_MODES),
    "speed": _speed,
    "clock": _one_of(*CLOCKS),
    "unplayed": _one_of(*UNPLAYED),
    "timeout": _seconds,
    "allowed_hosts": _hosts,
    "block_network": _flag,
    "match_on": _or_none(_matchers),
    "ignore_hosts": _hosts,
    "before_record_request": _or_none(_function),
    "before_record_response": _or_none(_function),
    "filter_headers": _filtered,
    "filter_query_parameters": _filtered,
    "filter_post_data_parameters": _filtered,
    "redact": _places,
    "redact_personal": _flag,
    "allow_playback_repeats": _flag,
    "default_cassette": _or_none(_text),
    "directory": _folder,
    "upstream": _or_none(_upstream),
    "generation": _or_none(_text),
    "max_age": _or_none(_age),
    "too_old": _one_of(*TOO_OLD),
    "allowed_origins": _origins,
}
