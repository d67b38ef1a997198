"""Secrets in tables of text: CSV, and the like with semicolons or tabs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from harness.redact.detect.hits import Hit, Lookup, ruled
from harness.redact.detect.pairs import Begun

_NAME: Final = rb"\"?[\w .-]{1,60}\"?"
_HEAD: Final = Begun(
    rb"\x1e",
    rb"(?:\xef\xbb\xbf)?(" + _NAME + rb"(?:(?P<by>[,;\t])" + _NAME + rb"(?:(?P=by)" + _NAME + rb"){0,200}))\r?\n",
    re.ASCII,
)
"""The first line of a text, or of a string within it."""
_CELLS: Final = {
    by: re.compile(rb'"((?:[^"\x1e]|""){0,20000})"|([^"\r\n\x1e' + by + rb"]{0,20000})") for by in (b",", b";", b"\t")
}
_NEXT_ROW: Final = re.compile(rb"[^\n\x1e]*+\n(?!\x1e|\Z)")


def table_hits(data: bytes, lookup: Lookup) -> Iterator[Hit]:
    """Yield the secret values of the columns that a table's first line gives secret names."""
    for head in _HEAD.each(data):
        names = [name.strip(b'" ') for name in head[1].split(head["by"])]
        secret = {column for column, name in enumerate(names) if lookup.find(name) is not None}
        for start, end, column in _cells(data, head.end(), head["by"], count=max(secret, default=-1) + 1):
            if column in secret and end > start:
                rule = lookup.in_text(names[column], data[start:end])
                if rule is not None:
                    yield from ruled(rule, data, start, end)


def _cells(data: bytes, at: int, by: bytes, *, count: int) -> Iterator[tuple[int, int, int]]:
    """Start, end and column of the first cells of each row."""
    while count:
        for column in range(count):
            found = _CELLS[by].match(data, at)
            if found is None:
                break
            yield *found.span(found.lastindex or 2), column
            at = found.end()
            if data[at : at + 1] != by:
                break
            at += 1
        line = _NEXT_ROW.match(data, at)
        if line is None:
            return
        at = line.end()
