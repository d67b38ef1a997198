"""Readers for the values of configuration keys.

Each reader returns the value in the form that `WireConfig` holds. It raises `TypeError` or `ValueError` with a text
that usually begins with "must be".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any, Final, Literal, TypeAlias, cast
from urllib.parse import urlsplit

from harness.cassette.age import read_age
from harness.match.named_places import NamedPlace, PlaceError
from harness.pytest_plugin.names import check_path
from harness.redact.detect.custom_places import CustomPlaceError, CustomPlaces

Speed: TypeAlias = Literal["instant", "recorded"] | float
FAKE: Final = "fake"
"""The upstream that stands for a fake server of our own."""


def one_of(*words: str) -> Callable[[object], str]:
    """Return a function that reads a setting and accepts these words only."""

    def read(value: object) -> str:
        if value not in words:
            raise ValueError(f"must be one of {', '.join(words)}")
        return str(value)

    return read


def speed(value: object) -> Speed:
    """Check the setting ``speed`` and return it: ``instant``, ``recorded``, or a factor above zero."""
    if value == "instant":
        return "instant"
    if value == "recorded":
        return "recorded"
    return _positive(value, 'must be "instant", "recorded" or a number above zero')


def seconds(value: object) -> float:
    """Check that a setting is a number of seconds above zero, and return it."""
    return _positive(value, "must be a number of seconds above zero")


def _positive(value: object, problem: str) -> float:
    """Return a finite number above zero from a number or its text.

    Raises:
        ValueError: The value is anything else; the text is ``problem``.
    """
    try:
        number = float(value) if isinstance(value, (str, int, float)) and not isinstance(value, bool) else 0.0
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise ValueError(problem)
    return number


def flag(value: object) -> bool:
    """Check that a setting is True or False, and return it."""
    if not isinstance(value, bool):
        raise TypeError("must be True or False")
    return value


def text(value: object) -> str:
    """Check that a setting is a string and not empty, and return it."""
    if not isinstance(value, str) or not value:
        raise TypeError("must be a non-empty string")
    return value


def texts(value: object) -> tuple[str, ...]:
    """Read a list of strings, or one string with commas."""
    if isinstance(value, str):
        return tuple(part for part in (each.strip() for each in value.split(",")) if part)
    if not isinstance(value, Iterable):
        raise TypeError("must be a list of strings")
    return tuple(text(each) for each in value)


def fault_rules(value: object) -> tuple[str, ...]:
    """Read fault rules: one line, or a list of lines. Rules have commas, so a string is one rule."""
    if not value:
        return ()
    lines = (value,) if isinstance(value, str) else texts(value)
    from harness.faults.parsing import parse_rules  # noqa: PLC0415  # only for tests with faults

    return tuple(map(str, parse_rules(lines)))


def filtered(value: object) -> tuple[str, ...]:
    """Read names of headers, query parameters or form fields to redact.

    It accepts vcrpy's pairs of a name and a replacement, too, and ignores the replacement: the redactor writes its own.
    """
    if isinstance(value, str) or not isinstance(value, Iterable):
        return texts(value)
    pairs = (each[0] if isinstance(each, (tuple, list)) and each else each for each in cast("Iterable[Any]", value))
    return tuple(text(each) for each in pairs)


def places(value: object) -> tuple[str, ...]:
    """Check the setting `redact` and return it: places of secrets, such as ``json.items[*].id``."""
    places = texts(value)
    try:
        CustomPlaces(places)
    except CustomPlaceError as error:
        raise ValueError(str(error)) from error
    return places


def named_places(key: str) -> Callable[[object], tuple[str, ...]]:
    """Return a reader of the setting ``ignore`` or ``bind``: places whose values may differ, such as ``query.t``."""

    def read(value: object) -> tuple[str, ...]:
        named = texts(value)
        try:
            for each in named:
                NamedPlace.parse(each, key)
        except PlaceError as error:
            raise ValueError(str(error)) from error
        return named

    return read


def hosts(value: object) -> tuple[str, ...]:
    """Check a setting of regular expressions that match hosts, and return it."""
    hosts = texts(value)
    for host in hosts:
        try:
            re.compile(host)
        except re.error as error:
            raise ValueError(f"{host!r} is not a valid regular expression: {error}") from error
    return hosts


def origins(value: object) -> tuple[str, ...]:
    """Check the setting ``allowed_origins`` and return it: origins of web pages, ``*`` or ``null``."""
    from fake_server.host.pages import page_origin  # noqa: PLC0415  # only for tests that set this key

    return tuple(map(page_origin, texts(value)))


def folder(value: object) -> str:
    """Check a setting that names a folder, absolute or relative to the test's own folder, and return it."""
    folder = text(value)
    check_path(folder, may_lead_out=True)
    return folder


def upstream(value: object) -> str:
    """Read a URL, ``fake`` or ``fake:GENERATION``."""
    given = text(value)
    if given.partition(":")[0] == FAKE:
        return given
    parts = urlsplit(given)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
        raise ValueError("must be an http:// or https:// URL, `fake` or `fake:GENERATION`")
    if "@" in parts.netloc:
        raise ValueError("must not hold a user, which would show in logs: pass the token in COPILOT_TOKEN")
    return given


def upstreams(value: object) -> dict[str, str]:
    """Read further upstreams: a mapping of names to URLs, or texts ``NAME=URL``. The result has their origins."""
    if isinstance(value, Mapping):
        pairs = [(text(name), text(url)) for name, url in cast("Mapping[object, object]", value).items()]
    else:
        pairs = [(name.strip(), url.strip()) for name, _, url in (each.partition("=") for each in texts(value))]
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError("must have each name of an upstream once")
    from harness.doors import named_upstreams  # noqa: PLC0415  # the fake server, only for tests that set this key

    return named_upstreams(dict(pairs))


def function(value: object) -> Callable[..., Any]:
    """Check that a setting is a callable, and return it."""
    if not callable(value):
        raise TypeError("must be a function")
    return value


def matchers(value: object) -> tuple[str | Callable[..., object], ...]:
    """Read names of matchers, and functions that match."""
    if isinstance(value, str):
        return texts(value)
    if not isinstance(value, Iterable):
        raise TypeError("must be a list of matchers: names, and functions that match")
    return tuple(each if callable(each) else text(each) for each in value)


def age(value: object) -> timedelta:
    """Read a `timedelta`, or a text such as ``90d``."""
    found = value if isinstance(value, timedelta) else read_age(text(value))
    if found is None:
        raise ValueError("must be an age such as 36h, 90d, 12w or 1y")
    return found


def or_none(read: Callable[[object], object]) -> Callable[[object], object]:
    """Return a reader that also accepts None."""
    return lambda value: None if value is None else read(value)
