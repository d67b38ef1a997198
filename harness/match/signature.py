"""`signature`: what of a request is told apart without comparing. Finds likely matches among many, never decides."""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable
from typing import Final, cast

from harness.match.asked import Asked
from harness.match.places import Place, Places
from harness.match.structure import NOT_JSON

_FREE: Final = "\0"
"""Stands for a value that others may stand for."""


def signature(asked: Asked, places: Places, is_free: Callable[[str], bool]) -> Hashable:
    """Equal for two requests that match, but for rare cases that only a comparison finds.

    Args:
        asked: The request.
        places: Values at places count as free.
        is_free: Whether another value may stand for this one at an ordinary place.
    """
    return (_pairs(asked.query, places.query, is_free), _body(asked, places, is_free))


def _text(text: str, is_free: Callable[[str], bool]) -> str:
    return _FREE if text.startswith(("{", "[")) or is_free(text) else text


def _pairs(
    pairs: list[tuple[str, str]], place_of: Callable[[str], Place | None], is_free: Callable[[str], bool]
) -> Hashable:
    found = [(name, _FREE if place_of(name) is not None else _text(value, is_free)) for name, value in pairs]
    return tuple(sorted(found, key=lambda pair: pair[0]))


def _body(asked: Asked, places: Places, is_free: Callable[[str], bool]) -> Hashable:
    if asked.json is not NOT_JSON:
        try:
            return json.dumps(_value(asked.json, places, is_free), sort_keys=True)
        except RecursionError:
            return _FREE
    if asked.form is not None:
        return _pairs(asked.form, places.field, is_free)
    return _FREE if asked.parts is not None else asked.body


def _value(value: object, places: Places, is_free: Callable[[str], bool]) -> object:
    if isinstance(value, dict):
        fields = cast("dict[str, object]", value).items()
        return {
            name: _FREE if places.field(name) is not None else _value(inner, places, is_free) for name, inner in fields
        }
    if isinstance(value, list):
        return [_value(inner, places, is_free) for inner in cast("list[object]", value)]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return _text(value, is_free) if isinstance(value, str) else value
