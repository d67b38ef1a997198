"""`signature`: a hash key of a request without its variable values. It finds likely matches; `match` decides."""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Final, cast

from harness.framing.bodies import LINES
from harness.framing.json_values import NOT_JSON
from harness.match.named_places import NamedPlaces
from harness.match.places import Place, Places
from harness.match.request import ParsedRequest

_FREE: Final = "\0"
"""Replaces each value that may differ in a match."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Free:
    """Decides which values of a request may differ from the recorded ones in a match.

    Attributes:
        places: Places of the profile; values there may differ.
        value: Returns whether a value may differ at a place that neither the profile nor the user names.
        named: Places that the user named; values there may differ. None if there are none.
    """

    places: Places
    value: Callable[[str], bool]
    named: NamedPlaces | None = None

    def at(self, path: str) -> bool:
        """Whether the value at this place may differ, because an option such as ``--bind`` names the place."""
        return self.named is not None and self.named.frees(path)


def signature(request: ParsedRequest, free: Free, *, root: str = "body") -> Hashable:
    """A key that is equal for two requests that match, apart from rare cases that only `match` finds.

    Args:
        request: The request.
        free: Which values may differ.
        root: Name of the body in paths; empty for a message of a socket.
    """
    return (_pairs(request.query, "query", free.places.query, free), _body(request, free, root))


def _text(text: str, free: Free) -> str:
    return _FREE if text.startswith(("{", "[")) or free.value(text) else text


def _pairs(pairs: list[tuple[str, str]], root: str, place_of: Callable[[str], Place | None], free: Free) -> Hashable:
    counting = pairs if free.named is None else [pair for pair in pairs if not free.at(f"{root}.{pair[0]}")]
    found = [(name, _FREE if place_of(name) is not None else _text(value, free)) for name, value in counting]
    return tuple(sorted(found, key=lambda pair: pair[0]))


def _body(request: ParsedRequest, free: Free, root: str) -> Hashable:
    if request.json is not NOT_JSON:
        try:
            return json.dumps(_value(request.json, free, root), sort_keys=True)
        except RecursionError:
            return _FREE
    if request.form is not None:
        return _pairs(request.form, root, free.places.field, free)
    return _FREE if request.parts is not None else request.body


def _value(value: object, free: Free, path: str) -> object:
    if isinstance(value, dict):
        return _fields(cast("dict[str, object]", value), free, path)
    if isinstance(value, list):
        items = enumerate(cast("list[object]", value))
        return [_item(inner, free, f"{path}[{i}]") for i, inner in items]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return _text(value, free) if isinstance(value, str) else value


def _item(value: object, free: Free, path: str) -> object:
    return _FREE if free.at(path) else _value(value, free, path)


def _fields(value: dict[str, object], free: Free, path: str) -> object:
    field, prefix = free.places.field, f"{path}." if path else ""
    if free.named is None:
        return {name: _FREE if field(name) is not None else _value(inner, free, "") for name, inner in value.items()}
    if list(value) == [LINES]:
        return {LINES: _value(value[LINES], free, path)}
    return {
        name: _FREE if field(name) is not None else _value(inner, free, prefix + name)
        for name, inner in value.items()
        if not free.at(prefix + name)
    }
