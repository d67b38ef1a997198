"""The keys of a profile file, and how their values are read and checked."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final, cast
from urllib.parse import urlsplit

from harness.cassette.model import UPSTREAM_NAME
from harness.framing.message_patterns import MessagePattern, MessagePatternError
from harness.framing.streams import FRAMINGS
from harness.match.match_on import NAMES, MatchOn, UnknownMatcherError
from harness.match.named_places import NamedPlace, PlaceError
from harness.origins import as_origin
from harness.redact.detect.custom_places import CustomPlaceError, CustomPlaces
from harness.services.event_names import is_event_place

MAX_ITEMS: Final = 200
MAX_TEXT: Final = 500
_UPSTREAM_NAME: Final = re.compile(UPSTREAM_NAME)
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,40}")
_VARIABLE: Final = re.compile(r"[A-Z0-9_]*(?:URL|HOST|ENDPOINT|BASE)")
_LEADING: Final = re.compile(
    r"(?:\{(?:url|ws_url|host)%s\}|[a-z][a-z0-9+.-]{0,20}://\{host%s\})(?:/[\w./~-]*)?"
    % ((f"(?::{UPSTREAM_NAME})?",) * 2),
    re.ASCII,
)
_HEADER: Final = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]+")
_LOOK: Final = re.compile(r"[a-z0-9_]{1,40}")
_SCHEMES: Final = {"ws": "http", "wss": "https"}


def name_problem(name: str) -> str:
    """What is wrong with the name of a profile; empty if it may be one."""
    return "" if _NAME.fullmatch(name) else "a name consists of lower-case letters, digits, - and _, at most 41"


def variable_problem(name: str) -> str:
    """What is wrong with a variable that is to lead a client to the local server; empty if it may be set."""
    if _VARIABLE.fullmatch(name):
        return ""
    return "only variables may be set whose names end in URL, HOST, ENDPOINT or BASE, in capitals"


def leading_problem(value: object) -> str:
    """What is wrong with the value of a variable that is to lead a client to the local server; empty if it does."""
    if isinstance(value, str) and len(value) <= MAX_TEXT and _LEADING.fullmatch(value):
        return ""
    return "the value begins with {url}, {ws_url}, {host} or SCHEME://{host}; after it a path, such as /v1"


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"expected a text, not {_kind(value)}")
    if not value or len(value) > MAX_TEXT or not value.isprintable():
        raise ValueError(f"expected a text of 1 to {MAX_TEXT} printable characters")
    return value


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError(f"expected a list of texts, not {_kind(value)}")
    items = cast("Sequence[object]", value)
    if len(items) > MAX_ITEMS:
        raise ValueError(f"a list may have at most {MAX_ITEMS} items, this one has {len(items)}")
    return tuple(map(_text, items))


def _kind(value: object) -> str:
    return "a table" if isinstance(value, Mapping) else type(value).__name__


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"expected true or false, not {_kind(value)}")
    return value


def _upstreams(value: object) -> tuple[str, ...] | dict[str, str]:
    """The origins of a list, or of a table: name -> origin."""
    if not isinstance(value, Mapping):
        return tuple(dict.fromkeys(map(_upstream, _texts(value))))
    table = cast("Mapping[str, object]", value)
    if len(table) > MAX_ITEMS:
        raise ValueError(f"a table may have at most {MAX_ITEMS} upstreams, this one has {len(table)}")
    found: dict[str, str] = {}
    for name, url in table.items():
        if not _UPSTREAM_NAME.fullmatch(name):
            raise ValueError(
                "the name of an upstream must consist of lower-case letters, digits and _, a letter first", (name,)
            )
        try:
            origin = _upstream(_text(url))
        except (TypeError, ValueError) as error:
            raise ValueError(error.args[0], (name,)) from None
        if origin in found.values():
            raise ValueError("another upstream has this URL: name each host once", (name,))
        found[name] = origin
    return found


def _upstream(url: str) -> str:
    try:
        parts = urlsplit(url)
        scheme = _SCHEMES.get(parts.scheme, parts.scheme)
        origin = as_origin(f"{scheme}://{parts.netloc}")
        plain = not (parts.path.strip("/") or parts.query or parts.fragment) and (parts.port or True) and parts.hostname
    except ValueError:
        origin, plain = None, False
    if origin is None or not plain:
        raise ValueError("expected https://HOST, http://HOST, wss://HOST or ws://HOST, with a port or without")
    return origin


def _env(value: object) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise TypeError(f"expected a table of variables, not {_kind(value)}")
    variables = cast("Mapping[str, object]", value)
    if len(variables) > MAX_ITEMS:
        raise ValueError(f"a table may have at most {MAX_ITEMS} variables, this one has {len(variables)}")
    for name, text in variables.items():
        if problem := variable_problem(name) or leading_problem(text):
            raise ValueError(problem, (name,))
    return {name: str(text) for name, text in variables.items()}


def _secrets(value: object) -> tuple[str, ...]:
    places = _texts(value)
    for number, place in enumerate(places, 1):
        try:
            CustomPlaces((place,))
        except CustomPlaceError:
            # The text may be a secret itself: a user may take the key for a list of them.
            raise ValueError(
                f"item {number} is not a place of a secret: write header.NAME, query.NAME, form.NAME, json.FIELD, "
                "message.FIELD or "
                "path[NUMBER]; secrets themselves stand in the file of --learn"
            ) from None
    return places


def _places(option: str) -> Callable[[object], tuple[str, ...]]:
    def read(value: object) -> tuple[str, ...]:
        places = _texts(value)
        for number, place in enumerate(places, 1):
            try:
                NamedPlace.parse(place, option)
            except PlaceError:
                raise ValueError(
                    f"item {number} is not a place of a value: write query.NAME, header.NAME, form.NAME, json.FIELD, "
                    "message.FIELD or path[NUMBER]"
                ) from None
        return places

    return read


def _match_on(value: object) -> tuple[str, ...]:
    names = _texts(value)
    try:
        MatchOn.of(names)
    except UnknownMatcherError:
        raise ValueError(f"expected only matchers of these names: {', '.join(NAMES)}") from None
    return names


def _headers(value: object) -> tuple[str, ...]:
    names = tuple(name.lower() for name in _texts(value))
    for number, name in enumerate(names, 1):
        if not _HEADER.fullmatch(name):
            raise ValueError(f"item {number} is not the name of a header")
    return names


def _event(value: object) -> str:
    if not is_event_place(place := _text(value)):
        raise ValueError(
            "expected the place in a message where its event's name is, such as message.type or message[0]"
        )
    return place


def _framing(value: object) -> tuple[tuple[str, str], ...]:
    """Pairs of a socket's path and a framing's name: from one name for all sockets, or from a table of paths."""
    if isinstance(value, str):
        return (("*", _framing_name(value)),)
    if not isinstance(value, Mapping):
        raise TypeError(f"expected the name of a framing, or a table of paths and such names, not {_kind(value)}")
    table = cast("Mapping[str, object]", value)
    if len(table) > MAX_ITEMS:
        raise ValueError(f"a table may have at most {MAX_ITEMS} paths, this one has {len(table)}")
    found: list[tuple[str, str]] = []
    for path, name in table.items():
        if not path.startswith(("/", "*")) or "*" in path[:-1] or len(path) > MAX_TEXT:
            raise ValueError("expected the path of a socket, which may end in *: /live or /live/*", (path,))
        try:
            found.append((path, _framing_name(name)))
        except (TypeError, ValueError) as error:
            raise ValueError(error.args[0], (path,)) from None
    return tuple(found)


def _framing_name(value: object) -> str:
    if _text(value) not in FRAMINGS:
        raise ValueError(f"expected one of {', '.join(FRAMINGS)}")
    return str(value)


def _heartbeats(value: object) -> tuple[str, ...]:
    texts = _texts(value)
    for number, text in enumerate(texts, 1):
        try:
            MessagePattern.parse(text)
        except MessagePatternError as error:
            raise ValueError(f"item {number} is not a pattern of a message: {error}") from None
    return texts


def _impersonate(value: object) -> str:
    if not _LOOK.fullmatch(_text(value)):
        raise ValueError("expected a browser's name, such as chrome")
    return str(value)


READERS: Final[Mapping[str, Callable[[object], object]]] = {
    "extends": _text,
    "upstreams": _upstreams,
    "env": _env,
    "secrets": _secrets,
    "redact_personal": _flag,
    "ignore": _places("ignore"),
    "bind": _places("bind"),
    "match_on": _match_on,
    "headers": _headers,
    "heartbeats": _heartbeats,
    "framing": _framing,
    "event": _event,
    "end_of_turn": _texts,
    "impersonate": _impersonate,
}
"""Key of a profile -> the function that reads its value, and raises TypeError or ValueError with what is wrong."""
