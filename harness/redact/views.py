"""Bytes with an encoding removed, and the mapping back to the original offsets.

A secret may stand percent-encoded in a URL, escaped in a JSON string, as HTML entities, or in several of these at
once, each with many spellings (``%2f`` ``%2F`` ``/``). So the redactor does not search for every spelling: it decodes
the bytes, searches them, and replaces each finding in the original bytes, of which nothing else changes.
"""

from __future__ import annotations

import html
import json
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote_from_bytes

SEPARATOR: Final = b"\x1e"
"""Replaces the quotes around a JSON string in its decoded view, so that one string's content, escaped quotes included,
never runs into the next string."""

_MAX_DEPTH: Final = 3
_MAX_VIEWS: Final = 16


def _as_it_is(plain: bytes) -> bytes:
    return plain


def _percent(plain: bytes) -> bytes:
    return quote_from_bytes(plain, safe="@").encode()


_SHORT_ESCAPES: Final = {
    b'"': SEPARATOR,
    b'\\"': b'"',
    b"\\\\": b"\\",
    b"\\/": b"/",
    b"\\b": b"\b",
    b"\\f": b"\f",
    b"\\n": b"\n",
    b"\\r": b"\r",
    b"\\t": b"\t",
}


def _unescape_json(escape: bytes) -> bytes:
    short = _SHORT_ESCAPES.get(escape)
    if short is not None:
        return short
    if escape[1:2] == b"x" or escape[2:3] == b"{":
        return _character(int(escape[2:].strip(b"{}"), 16))
    return str(json.loads(b'"' + escape + b'"')).encode("utf-8", "surrogatepass")


def _character(number: int) -> bytes:
    return chr(min(number, 0x10FFFF)).encode("utf-8", "surrogatepass")


def _unescape_html(entity: bytes) -> bytes:
    return html.unescape(entity.decode("ascii")).encode("utf-8", "surrogatepass")


@dataclass(frozen=True, slots=True)
class Coding:
    """An encoding of text in which single characters are escaped.

    Attributes:
        name: Its name in findings.
        sign: Bytes that every escape contains: without them the data is not decoded.
        when: A further pattern that the data must contain; None for none.
        escape: One escaped character.
        decode: Returns the bytes of that character.
        encode: Returns a placeholder as this encoding spells it.
    """

    name: str
    sign: bytes
    escape: re.Pattern[bytes]
    decode: Callable[[bytes], bytes]
    encode: Callable[[bytes], bytes] = _as_it_is
    when: re.Pattern[bytes] | None = None


CODINGS: Final = (
    Coding(
        "json",
        b"\\",
        re.compile(
            rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}"
            rb"|\\u\{[0-9a-fA-F]{1,6}\}|\\x[0-9a-fA-F]{2}"  # JavaScript's escapes, in pages
            rb'|\\["\\/bfnrt]|"',
        ),
        _unescape_json,
    ),
    Coding("percent", b"%", re.compile(rb"%[0-9a-fA-F]{2}"), lambda found: bytes((int(found[1:], 16),)), _percent),
    Coding(
        "html",
        b"&",
        re.compile(rb"&(?:#[xX][0-9a-fA-F]{1,6}|#[0-9]{1,7}|amp|lt|gt|quot|apos);"),
        _unescape_html,
    ),
    Coding(
        "form",  # in queries and forms a plus is a blank
        b"+",
        re.compile(rb"\+"),
        lambda _: b" ",
        when=re.compile(rb"(?:^|[?&])[\w.~%\[\]-]{1,80}=[^&\s\"'<>+]{0,2000}\+"),
    ),
    Coding(
        "event",  # in SSE the data lines of an event are one text, joined by line breaks
        b"\ndata:",
        re.compile(rb"\r?\ndata:[ ]?"),
        lambda _: b"\n",
        when=re.compile(rb"(?:^|\n)data:[^\n]*\ndata:"),
    ),
)
"""Every encoding that redaction decodes. To add one, add a row."""


@dataclass(frozen=True, slots=True)
class View:
    """Bytes from which encodings were removed.

    Attributes:
        data: The decoded bytes.
        names: The removed encodings, outermost first.
    """

    data: bytes = field(repr=False)
    names: tuple[str, ...] = ()
    _coding: Coding | None = None
    _parent: View | None = field(default=None, repr=False)
    _ours: tuple[int, ...] = field(default=(), repr=False)
    _theirs: tuple[tuple[int, int], ...] = field(default=(), repr=False)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Start and end in the original bytes of a non-empty span of this view."""
        if self._parent is None:
            return start, end
        return self._parent.span(self._back(start)[0], self._back(end - 1)[1])

    def encode(self, plain: bytes) -> bytes:
        """A replacement, as the original bytes must spell it."""
        if self._parent is None or self._coding is None:
            return plain
        return self._parent.encode(self._coding.encode(plain))

    def _back(self, position: int) -> tuple[int, int]:
        # Every second segment is an escape, which cannot be split; the others map byte for byte.
        index = bisect_right(self._ours, position) - 1
        start, end = self._theirs[index]
        if index % 2:
            return start, end
        at = start + position - self._ours[index]
        return at, at + 1


def _decode(parent: View, coding: Coding) -> View | None:
    if coding.sign not in parent.data or (coding.when is not None and not coding.when.search(parent.data)):
        return None
    raw, parts, ours, theirs = parent.data, list[bytes](), list[int](), list[tuple[int, int]]()
    here = upto = 0
    for found in coding.escape.finditer(raw):
        start, end = found.span()
        plain = coding.decode(found.group())
        ours += (here, here + start - upto)
        theirs += ((upto, start), (start, end))
        parts += (raw[upto:start], plain)
        here, upto = ours[-1] + len(plain), end
    if not parts:
        return None
    parts.append(raw[upto:])
    ours.append(here)
    theirs.append((upto, len(raw)))
    return View(b"".join(parts), (*parent.names, coding.name), coding, parent, tuple(ours), tuple(theirs))


def views(data: bytes) -> Iterator[View]:
    """The bytes themselves, then every distinct result of removing up to three encodings."""
    root = View(data)
    seen = {data}
    level = [root]
    yield root
    for _ in range(_MAX_DEPTH):
        found = [view for parent in level for coding in CODINGS if (view := _decode(parent, coding)) is not None]
        level = []
        for view in found:
            if view.data not in seen and len(seen) < _MAX_VIEWS:
                seen.add(view.data)
                level.append(view)
                yield view
