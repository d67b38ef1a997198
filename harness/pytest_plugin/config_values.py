"""What the values of configuration keys may be: each reader gives the value, or says what it would have to be.

Raised are `TypeError` and `ValueError`, whose texts begin with "it is".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any, Final, Literal, TypeAlias, cast
from urllib.parse import urlsplit

from harness.cassette.age import read_age
from harness.match.named_places import NamedPlace
from harness.match.named_places import PlaceError as NamedPlaceError
from harness.pytest_plugin.names import check_path
from harness.redact.detect.custom_places import CustomPlaces, PlaceError

Speed: TypeAlias = Literal["instant", "recorded"] | float
FAKE: Final = "fake"


def one_of(*words: str) -> Callable[[object], str]:
    """A reader of one of these words."""

    def read(value: object) -> str:
        if value not in words:
            raise ValueError(f"it is one of {', '.join(words)}")
        return str(value)

    return read


def speed(value: object) -> Speed:
    """``instant``, ``recorded``, or a factor."""
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


def seconds(value: object) -> float:
    """A number of seconds above zero."""
    try:
        number = float(value) if isinstance(value, (str, int, float)) and not isinstance(value, bool) else 0.0
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise ValueError("it is a number of seconds above zero")
    return number


def flag(value: object) -> bool:
    """True or False."""
    if not isinstance(value, bool):
        raise TypeError("it is True or False")
    return value


def text(value: object) -> str:
    """A text that is not empty."""
    if not isinstance(value, str) or not value:
        raise TypeError("it is a text, and not empty")
    return value


def texts(value: object) -> tuple[str, ...]:
    """A list of texts, or one text with commas."""
    if isinstance(value, str):
        return tuple(part for part in (each.strip() for each in value.split(",")) if part)
    if not isinstance(value, Iterable):
        raise TypeError("it is a list of texts")
    return tuple(text(each) for each in value)


def filtered(value: object) -> tuple[str, ...]:
    """Names, or pairs as vcrpy has them, of a name and what is to stand there: here a placeholder always does."""
    if isinstance(value, str) or not isinstance(value, Iterable):
        return texts(value)
    pairs = (each[0] if isinstance(each, (tuple, list)) and each else each for each in cast("Iterable[Any]", value))
    return tuple(text(each) for each in pairs)


def places(value: object) -> tuple[str, ...]:
    """Places of secrets."""
    places = texts(value)
    try:
        CustomPlaces(places)
    except PlaceError as error:
        raise ValueError(str(error)) from error
    return places


def named_places(key: str) -> Callable[[object], tuple[str, ...]]:
    """A reader of places whose values may differ; see `harness.match.named_places`."""

    def read(value: object) -> tuple[str, ...]:
        named = texts(value)
        try:
            for each in named:
                NamedPlace.parse(each, key)
        except NamedPlaceError as error:
            raise ValueError(str(error)) from error
        return named

    return read


def hosts(value: object) -> tuple[str, ...]:
    """Regular expressions of hosts."""
    hosts = texts(value)
    for host in hosts:
        try:
            re.compile(host)
        except re.error as error:
            raise ValueError(f"{host!r} is no regular expression: {error}") from error
    return hosts


def origins(value: object) -> tuple[str, ...]:
    """Origins of pages."""
    from fake_server.host.pages import page_origin  # noqa: PLC0415  # only where it is said

    return tuple(map(page_origin, texts(value)))


def folder(value: object) -> str:
    """A folder, relative to the test's own."""
    folder = text(value)
    check_path(folder, may_lead_out=True)
    return folder


def upstream(value: object) -> str:
    """A URL, ``fake`` or ``fake:GENERATION``."""
    said = text(value)
    if said.partition(":")[0] == FAKE:
        return said
    parts = urlsplit(said)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
        raise ValueError("it is no http:// or https:// URL, and not `fake` or `fake:GENERATION` either")
    if "@" in parts.netloc:
        raise ValueError("it has a user, which would stand in logs: tokens are given by COPILOT_TOKEN")
    return said


def function(value: object) -> Callable[..., Any]:
    """Anything that can be called."""
    if not callable(value):
        raise TypeError("it is a function")
    return value


def matchers(value: object) -> tuple[str | Callable[..., object], ...]:
    """Names of what is compared, and functions."""
    if isinstance(value, str):
        return texts(value)
    if not isinstance(value, Iterable):
        raise TypeError("it is a list of names and functions")
    return tuple(each if callable(each) else text(each) for each in value)


def age(value: object) -> timedelta:
    """A span of time, or a text such as ``90d``."""
    found = value if isinstance(value, timedelta) else read_age(text(value))
    if found is None:
        raise ValueError("it is an age such as 36h, 90d, 12w or 1y")
    return found


def or_none(read: Callable[[object], object]) -> Callable[[object], object]:
    """A reader that takes None, too."""
    return lambda value: None if value is None else read(value)
