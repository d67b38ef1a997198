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
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import Final, TypeAlias
from urllib.parse import quote_from_bytes, unquote_to_bytes

from harness.cassette.pictures import CARRIAGE_RETURN, LINE_FEED
from harness.redact.text_runs import text_runs

SEPARATOR: Final = b"\x1e"
"""Replaces the quotes around a JSON string in its decoded view, so that one string's content, escaped quotes included,
never runs into the next string."""

_BETWEEN_RUNS: Final = b"\n" + SEPARATOR + b"\n"
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


@lru_cache(4096)
def _unescape_json(escape: bytes) -> bytes:
    short = _SHORT_ESCAPES.get(escape)
    if short is not None:
        return short
    if escape[1:2] == b"x" or escape[2:3] == b"{":
        return _character(int(escape[2:].strip(b"{}"), 16))
    return str(json.loads(b'"' + escape + b'"')).encode("utf-8", "surrogatepass")


def _character(number: int) -> bytes:
    return chr(min(number, 0x10FFFF)).encode("utf-8", "surrogatepass")


@lru_cache(4096)
def _unescape_html(entity: bytes) -> bytes:
    return html.unescape(entity.decode("ascii")).encode("utf-8", "surrogatepass")


_RARELY_ALL: Final = (b"\\n", b"\\/", b"\\t", b"\\r", b"\\b", b"\\f")
_LONG_ESCAPE: Final = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}"
    rb"|\\u\{[0-9a-fA-F]{1,6}\}|\\x[0-9a-fA-F]{2}"  # JavaScript's escapes, in pages
)
_JSON_ESCAPE: Final = re.compile(_LONG_ESCAPE.pattern + rb'|\\["\\/bfnrt]|"')
_MAY_MEAN_NUL: Final = (b"\x00", b"\\u000", b"\\u{0", b"\\x0")


def _without_json(raw: bytes) -> bytes:
    """The text without JSON's escapes. A pass over all bytes for each kind of escape beats a step for each escape."""
    if b"\\\\" not in raw and b'\\"' not in raw:
        return _without_other_json(raw.replace(b'"', SEPARATOR))
    if any(sign in raw for sign in _MAY_MEAN_NUL):
        return _JSON_ESCAPE.sub(lambda found: _unescape_json(found.group()), raw)
    # Escaped backslashes and quotes become byte pairs that the data does not hold, until all other escapes are decoded.
    marked = raw.replace(b"\\\\", b"\x00\x01").replace(b'\\"', b"\x00\x02").replace(b'"', SEPARATOR)
    return _without_other_json(marked).replace(b"\x00\x02", b'"').replace(b"\x00\x01", b"\\")


def _without_other_json(plain: bytes) -> bytes:
    """The text without JSON's escapes, of which it has none of a backslash and none of a quote."""
    for escape in _RARELY_ALL:
        if b"\\" not in plain:
            break
        plain = plain.replace(escape, _SHORT_ESCAPES[escape])
    if b"\\" in plain:
        return _LONG_ESCAPE.sub(lambda found: _unescape_json(found.group()), plain)
    return plain


def _without_html(raw: bytes) -> bytes:
    return _ENTITY.sub(lambda found: _unescape_html(found.group()), raw)


_ENTITY: Final = re.compile(rb"&(?:#[xX][0-9a-fA-F]{1,6}|#[0-9]{1,7}|amp|lt|gt|quot|apos);")
_NEXT_DATA: Final = re.compile(rb"\r?\ndata:[ ]?")
_LINE_FEED: Final = LINE_FEED.encode()
_CARRIAGE_RETURN: Final = CARRIAGE_RETURN.encode()


@dataclass(frozen=True, slots=True)
class Coding:
    """An encoding of text in which single characters are escaped.

    Attributes:
        name: Its name in findings.
        sign: Bytes that every escape contains: without them the data is not decoded.
        when: A pattern that data must contain to be decoded, beside ``sign``; None for none.
        escape: Pattern of one escaped character.
        decode: Returns the bytes of that character.
        decode_all: Returns data with every escape decoded.
        encode: Returns a placeholder as this encoding spells it.
    """

    name: str
    sign: bytes
    escape: re.Pattern[bytes]
    decode: Callable[[bytes], bytes]
    decode_all: Callable[[bytes], bytes]
    encode: Callable[[bytes], bytes] = _as_it_is
    when: re.Pattern[bytes] | None = None


CODINGS: Final = (
    Coding("json", b"\\", _JSON_ESCAPE, _unescape_json, _without_json),
    Coding(
        "percent",
        b"%",
        re.compile(rb"%[0-9a-fA-F]{2}"),
        lambda found: bytes((int(found[1:], 16),)),
        unquote_to_bytes,
        _percent,
    ),
    Coding("html", b"&", _ENTITY, _unescape_html, _without_html),
    Coding(
        "form",  # in queries and forms a plus is a blank
        b"+",
        re.compile(rb"\+"),
        lambda _: b" ",
        lambda raw: raw.replace(b"+", b" "),
        when=re.compile(rb"(?:^|[?&])[\w.~%\[\]-]{1,80}=[^&\s\"'<>+]{0,2000}\+"),
    ),
    Coding(
        "event",  # in SSE the data lines of an event are one text, joined by line breaks
        b"\ndata:",
        _NEXT_DATA,
        lambda _: b"\n",
        lambda raw: _NEXT_DATA.sub(b"\n", raw),
        when=re.compile(rb"(?:^|\n)data:[^\n]*\ndata:"),
    ),
    Coding(
        "picture",  # in the transcripts of a cassette, pictures stand for line ends
        _LINE_FEED,  # no text has pictures of carriage returns alone
        re.compile(_LINE_FEED + b"|" + _CARRIAGE_RETURN),
        lambda found: b"\n" if found == _LINE_FEED else b"\r",
        lambda raw: raw.replace(_LINE_FEED, b"\n").replace(_CARRIAGE_RETURN, b"\r"),
    ),
)
"""Every encoding that redaction decodes. To add one, add a row."""
_FIRST_OF_SIGNS: Final = bytes({coding.sign[0] for coding in CODINGS})


class View:
    """Bytes from which encodings were removed.

    Attributes:
        data: The decoded bytes.
        names: The removed encodings, outermost first.
    """

    __slots__ = ("_coding", "_parent", "_segments", "data", "names")

    def __init__(
        self, data: bytes, names: tuple[str, ...] = (), coding: Coding | None = None, parent: View | None = None
    ) -> None:
        self.data = data
        self.names = names
        self._coding = coding
        self._parent = parent
        self._segments: _Segments | None = None

    def __repr__(self) -> str:
        return f"<View without {', '.join(self.names) or 'nothing'}>"

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Start and end in the original bytes of a non-empty span of this view."""
        if self._parent is None or self._coding is None:
            return start, end
        if self._segments is None:  # few views are ever asked
            self._segments = _segments(self._parent.data, self._coding)
        first, _ = _back(self._segments, start)
        _, last = _back(self._segments, end - 1)
        return self._parent.span(first, last)

    def encode(self, plain: bytes) -> bytes:
        """Encode a replacement as the bytes that it replaces are encoded (base64, percent, JSON ..)."""
        if self._parent is None or self._coding is None:
            return plain
        return self._parent.encode(self._coding.encode(plain))


class _Runs(View):
    """A view of the stretches of text in large binary data, joined by separators."""

    __slots__ = ("_here", "_spans")

    def __init__(self, data: bytes, spans: Sequence[tuple[int, int]]) -> None:
        super().__init__(_BETWEEN_RUNS.join(data[start:end] for start, end in spans))
        self._spans = spans
        sizes = (end - start + len(_BETWEEN_RUNS) for start, end in spans)
        self._here = [0, *accumulate(sizes)]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Start and end in the original bytes, within one stretch: what lies between two of them is no text."""
        index = bisect_right(self._here, start) - 1
        first, last = self._spans[index]
        offset = first - self._here[index]
        return min(start + offset, last - 1), min(end + offset, last)


_Segments: TypeAlias = "tuple[Sequence[int], Sequence[tuple[int, int]]]"
"""Where each segment of decoded bytes begins, and start and end of the bytes that it was decoded from. Every second
segment is an escape."""


def _segments(raw: bytes, coding: Coding) -> _Segments:
    ours, theirs = list[int](), list[tuple[int, int]]()
    here = upto = 0
    for found in coding.escape.finditer(raw):
        start, end = found.span()
        ours += (here, here + start - upto)
        theirs += ((upto, start), (start, end))
        here, upto = ours[-1] + len(coding.decode(found.group())), end
    ours.append(here)
    theirs.append((upto, len(raw)))
    return ours, theirs


def _back(segments: _Segments, position: int) -> tuple[int, int]:
    ours, theirs = segments
    index = bisect_right(ours, position) - 1
    start, end = theirs[index]
    if index % 2:
        return start, end  # an escape cannot be split
    at = start + position - ours[index]
    return at, at + 1


def _decoded(parent: View, coding: Coding) -> View | None:
    if coding.sign not in parent.data or (coding.when is not None and not coding.when.search(parent.data)):
        return None
    plain = coding.decode_all(parent.data)
    return None if plain == parent.data else View(plain, (*parent.names, coding.name), coding, parent)


def views(data: bytes) -> Sequence[View]:
    """The bytes themselves, then every distinct result of removing up to three encodings."""
    root = View(data)
    if len(data.translate(None, _FIRST_OF_SIGNS)) == len(data):  # most data, found out at once
        return (root,)
    found = [root]
    seen = {data}
    runs = text_runs(data)
    # The random bytes of a picture look like escapes everywhere: decoding all of them takes a second for a few MiB.
    level = [root if runs is None else _Runs(data, runs)]
    for _ in range(_MAX_DEPTH):
        deeper = [view for parent in level for coding in CODINGS if (view := _decoded(parent, coding)) is not None]
        level = []
        for view in deeper:
            if view.data not in seen and len(seen) < _MAX_VIEWS:
                seen.add(view.data)
                level.append(view)
        found += level
    return found


def may_hide_names(seen: Sequence[View]) -> bool:
    """Whether names may have encodings that none of these views shows without them, as there were too many."""
    return len(seen) >= _MAX_VIEWS or any(
        len(view.names) == _MAX_DEPTH and (b"\\" in view.data or b"%" in view.data) for view in seen
    )
