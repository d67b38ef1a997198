"""Where the parts of a multipart body stand, whatever is in them (RFC 2046 §5.1)."""

from __future__ import annotations

import re
from typing import Final

_FIRST: Final = re.compile(rb"(?:[^\r\n]{0,200}\r?\n){0,4}?(--[^\r\n]{1,70})\r?\n[A-Za-z-]{1,60}:")
_MOST: Final = 1000


def multipart_spans(data: bytes) -> list[tuple[int, int]]:
    """Start and end of each part, head and content; empty if the bytes are no multipart body of two parts or more."""
    first = _FIRST.match(data)
    if first is None:
        return []
    delimiter = first[1]
    spans: list[tuple[int, int]] = []
    at = first.end(1)
    while len(spans) < _MOST:
        end = data.find(b"\n" + delimiter, at)
        if end < 0:
            break
        spans.append((at, end - (data[end - 1 : end] == b"\r")))
        at = end + 1 + len(delimiter)
    else:
        return []
    return spans if len(spans) > 1 else []
