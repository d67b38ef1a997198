"""Cookies as browsers and test tools write them in JSON: objects with name and value, and maps of names to values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from harness.redact.detect.headers import COOKIE_REASON, cookie_hits
from harness.redact.detect.hits import Hit, Lookup
from harness.redact.detect.strength import is_strong

COOKIE_OBJECT_SIGNS: Final = (b"ookies", b"ttpOnly", b"ameSite", b"http_only", b"same_site")
_OBJECT: Final = re.compile(rb"\{([^{}\x1e]{10,8000})\}")
_OF_COOKIE: Final = re.compile(rb'"(?:[hH]ttpOnly|[sS]ameSite|http_only|same_site)"\s{0,9}:')
_VALUE: Final = re.compile(rb'"[vV]alue"\s{0,9}:\s{0,9}"([^"\\\x1e]{8,8000})"')
_LIST: Final = re.compile(rb'"[\w.-]{0,30}[cC]ookies"\s{0,9}:\s{0,9}([\[{])')
_MEMBER: Final = re.compile(rb'\s{0,80}"[^"\\\x1e]{1,200}"\s{0,9}:\s{0,9}"([^"\\\x1e]{0,8000})"\s{0,80},?')
_ITEM: Final = re.compile(rb'\s{0,80}(?:\{([^{}\x1e]{0,8000})\}|"([^"\\\x1e]{1,8000})")\s{0,80},?')
_MOST: Final = 2000


def cookie_object_hits(data: bytes, _: Lookup) -> Iterator[Hit]:
    """Yield the random values in ``{"name": .., "value": .., "httpOnly": ..}`` and in ``{"cookies": ..}``."""
    for found in _OBJECT.finditer(data):
        if _OF_COOKIE.search(data, *found.span(1)):
            yield from _value(data, *found.span(1))
    for begun in _LIST.finditer(data):
        yield from _members(data, begun.end()) if begun.group(1) == b"{" else _items(data, begun.end())


def _members(data: bytes, at: int) -> Iterator[Hit]:
    for _ in range(_MOST):
        found = _MEMBER.match(data, at)
        if found is None:
            return
        yield from _cookie(data, *found.span(1))
        at = found.end()


def _items(data: bytes, at: int) -> Iterator[Hit]:
    for _ in range(_MOST):
        found = _ITEM.match(data, at)
        if found is None:
            return
        if found.group(1) is not None:
            yield from _value(data, *found.span(1))
        else:
            hits = cookie_hits("set-cookie", found.group(2))
            yield from (hit.moved(found.start(2)) for hit in hits if is_strong(hit.value))
        at = found.end()


def _value(data: bytes, start: int, end: int) -> Iterator[Hit]:
    found = _VALUE.search(data, start, end)
    if found is not None:
        yield from _cookie(data, *found.span(1))


def _cookie(data: bytes, start: int, end: int) -> Iterator[Hit]:
    if is_strong(data[start:end]):
        yield Hit(start, end, data[start:end], "cookie", "cookie", COOKIE_REASON)
