"""`redacted_view`: a request as functions of the user's see it, recorded or actual, its secrets masked alike."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import cast
from urllib.parse import urlencode

from harness.match.asked import Asked
from harness.match.bodies import in_lines
from harness.match.mask import MASK, Mask
from harness.match.places import AUTHORIZATION, Places
from harness.match.structure import NOT_JSON
from harness.match.views import RequestView


def redacted_view(asked: Asked, places: Places, mask: Mask) -> RequestView:
    """A request without its secrets: a stand-in and an actual value read the same, so that they compare as equal."""
    return RequestView(
        method=asked.method,
        target=mask.text(asked.target),
        headers=tuple((name, _header(name, value, places)) for name, value in asked.headers),
        body=_body(asked, places),
    )


def _header(name: str, value: str, places: Places) -> str:
    if places.header(name) is None or not value:
        return value
    found = AUTHORIZATION.fullmatch(value)
    return f"{found[1]} {MASK}" if name == "authorization" and found is not None and found[2] else MASK


def _body(asked: Asked, places: Places) -> bytes:
    if asked.json is not NOT_JSON:
        try:
            masked = _masked(asked.json, places)
            return asked.content if masked == asked.json else _written(masked)
        except (RecursionError, UnicodeError):
            return MASK.encode()
    if asked.form is not None:
        pairs = [(name, MASK if _is_secret(places, name) else value) for name, value in asked.form]
        return asked.content if pairs == asked.form else urlencode(pairs, safe="*").encode()
    return asked.content


def _written(value: object) -> bytes:
    lines = in_lines(value)
    return b"\n".join(json.dumps(each, ensure_ascii=False).encode() for each in ([value] if lines is None else lines))


def _is_secret(places: Places, name: str) -> bool:
    place = places.field(name)
    return place is not None and place.secret


def _masked(value: object, places: Places) -> object:
    again: Callable[[object], object] = lambda inner: _masked(inner, places)  # noqa: E731  # one name for two branches
    if isinstance(value, dict):
        fields = cast("dict[str, object]", value).items()
        return {name: MASK if inner and _is_secret(places, name) else again(inner) for name, inner in fields}
    if isinstance(value, list):
        return [again(inner) for inner in cast("list[object]", value)]
    return value
