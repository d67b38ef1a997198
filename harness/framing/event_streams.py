"""Streamed bodies taken apart: server-sent events, lines of JSON, and the parts of a multipart body.

Each unit keeps the bytes that end it, so the units joined are the body.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

import msgspec

from harness.cassette.model import Headers, Line

EVENT_END: Final = re.compile(rb"(?:\r\n|\n|\r(?!\n)){2}")
"""The empty line that ends a server-sent event."""
LINE_END: Final = re.compile(rb"\r\n|\n")
MOST_UNITS: Final = 100_000
"""A stream of more units keeps its pieces: the lines of a cassette are limited."""
_EVENTS: Final = "text/event-stream"
_LINES: Final = re.compile(r"application/(?:x-)?(?:nd-?json|json-?l(?:ines)?|json-seq|stream\+json)")
_PARTS: Final = re.compile(r"multipart/(?:x-mixed-replace|mixed)")
_BOUNDARY: Final = re.compile(r"""boundary\s*=\s*(?:"([^"]{1,200})"|([^\s;,"]{1,200}))""", re.IGNORECASE)
_FIELD_END: Final = re.compile(rb"\r\n|\n|\r")
_BYTES: Final = frozenset({"text", "binary"})


def media_type_of(headers: Headers) -> str:
    """The value of the Content-Type header, unchanged; empty if there is none."""
    return next((value for name, value in headers if name == "content-type"), "")


def is_event_stream(content_type: str) -> bool:
    """Whether a body consists of server-sent events."""
    return content_type.partition(";")[0].strip().lower() == _EVENTS


def is_lines(content_type: str) -> bool:
    """Whether a body consists of JSON values, one in a line."""
    return _LINES.fullmatch(content_type.partition(";")[0].strip().lower()) is not None


def has_units(content_type: str) -> bool:
    """Whether a body of that type consists of units that can be told apart."""
    return _ends_of(content_type) is not None


def _ends_of(content_type: str) -> Callable[[bytes], Iterator[int]] | None:
    if is_event_stream(content_type):
        return lambda data: (found.end() for found in EVENT_END.finditer(data))
    if is_lines(content_type):
        return lambda data: (found.end() for found in LINE_END.finditer(data))
    boundary = _BOUNDARY.search(content_type)
    if boundary is None or not _PARTS.match(content_type.strip().lower()):
        return None
    delimiter = _delimiter(boundary[1] or boundary[2])
    return lambda data: (edge for found in delimiter.finditer(data) for edge in found.span() if edge)


def _delimiter(boundary: str) -> re.Pattern[bytes]:
    """Matches the bytes between the contents of two parts: the delimiter, and the next part's header."""
    # Cameras name a boundary with the dashes that belong before it.
    name = re.escape(boundary.removeprefix("--").encode("latin-1", "replace"))
    return re.compile(
        rb"(?:\A|\r?\n|(?<=\n))--" + name + rb"(?:--[ \t]*(?:\r?\n)?|[ \t]*\r?\n(?:[^\r\n]+\r?\n)*(?:\r?\n)?)"
    )


def in_units(content_type: str, lines: Sequence[Line]) -> Sequence[Line]:
    """The lines of a streamed body, one for each event, line or part; the same lines if its units are unknown.

    A unit has the time at which its last byte arrived. The header of a part is a line of its own, so that its content
    stands alone.

    Args:
        content_type: Of the body.
        lines: Its pieces in any division, and the line of its end, if it ended improperly.
    """
    ends = _ends_of(content_type)
    pieces = [line for line in lines if line.kind in _BYTES]
    if ends is None or not pieces:
        return lines
    data = b"".join(line.data for line in pieces)
    edges = [0, *(edge for edge in dict.fromkeys(ends(data)) if edge < len(data)), len(data)]
    if len(edges) > max(MOST_UNITS, len(pieces) + 1) or len(data) == 0:
        return lines
    rest = [line for line in lines if line.kind not in _BYTES]
    return (*_cut(data, edges, pieces), *rest)


def _cut(data: bytes, edges: Sequence[int], pieces: Sequence[Line]) -> Iterator[Line]:
    number, begin = 0, 0  # of the piece that holds the last byte of a unit
    for start, end in pairwise(edges):
        while begin + len(pieces[number].data) < end:
            begin += len(pieces[number].data)
            number += 1
        piece = pieces[number]
        whole = begin == start and begin + len(piece.data) == end
        yield piece if whole else msgspec.structs.replace(piece, data=data[start:end], frames=(), file=None)


@dataclass(frozen=True, slots=True)
class StreamUnit:
    """One unit of a streamed body.

    Attributes:
        line: Its bytes and its time.
        name: Of the event, where the format has one; else empty.
        id: Of the event, as ``Last-Event-ID`` names it; None if it has none.
        data: Its content, without framing; of a comment the comment.
    """

    line: Line
    name: str = ""
    id: str | None = None
    data: bytes = field(default=b"", repr=False)


def events_of(content_type: str, lines: Sequence[Line]) -> list[StreamUnit]:
    """The units of a streamed body, read; the line of an improper end is one, too."""
    as_events, as_lines = is_event_stream(content_type), is_lines(content_type)
    found: list[StreamUnit] = []
    for line in in_units(content_type, lines):
        if as_events and line.kind in _BYTES:
            found.append(_read_event(line))
        else:
            found.append(StreamUnit(line, data=line.data.rstrip(b"\r\n") if as_lines else line.data))
    return found


def _read_event(line: Line) -> StreamUnit:
    """Read one server-sent event as the HTML standard does."""
    name, number, data = "", None, list[bytes]()
    comments: list[bytes] = []
    for each in _FIELD_END.split(line.data.removeprefix(b"\xef\xbb\xbf")):
        key, _, value = each.partition(b":")
        value = value.removeprefix(b" ")
        if each.startswith(b":"):
            comments.append(each[1:].strip())
        elif key == b"data":
            data.append(value)
        elif key == b"event":
            name = value.decode("utf-8", "replace")
        elif key == b"id" and b"\0" not in value:
            number = value.decode("utf-8", "replace")
    if not data and not name and comments:
        return StreamUnit(line, "(comment)", number, b"\n".join(comments))
    return StreamUnit(line, name, number, b"\n".join(data))
