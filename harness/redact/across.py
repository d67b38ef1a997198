"""Secrets that lie across the messages of a socket: a text that is streamed in pieces, a document cut in two.

Each message alone shows nothing. So the texts of consecutive pieces are joined, and looked through as one; a stand-in
then stands in the piece where the secret began, and the others keep what is left of theirs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

import msgspec

from harness.cassette.model import Cassette, Line, SocketExchange
from harness.profile import ServiceProfile, plain_name
from harness.redact.edits import Edit, apply
from harness.redact.engine import Redactor
from harness.redact.hits import Lookup
from harness.redact.json_places import json_hits

_CARRYING: Final = frozenset({"text", "binary"})


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a message: ``lines[index].data[start:end]``."""

    index: int
    start: int
    end: int


def runs(lines: Sequence[Line], profile: ServiceProfile) -> Iterator[tuple[Piece, ...]]:
    """Pieces that belong together, two or more at a time.

    These are the texts of an event's `ServiceProfile.deltas`, per direction, over the whole socket; and messages one
    after the other in one direction that are no whole JSON documents.
    """
    for direction in "<>":
        mine = [(i, line) for i, line in enumerate(lines) if line.direction == direction and line.kind in _CARRYING]
        deltas = defaultdict[str, list[Piece]](list)
        for index, line in mine:
            if (found := _delta(line, profile)) is not None:
                event, start, end = found
                deltas[event].append(Piece(index, start, end))
        yield from (tuple(pieces) for pieces in deltas.values() if len(pieces) > 1)
        for whole, together in groupby(mine, lambda one: _is_whole(one[1].data)):
            pieces = () if whole else tuple(Piece(index, 0, len(line.data)) for index, line in together)
            if len(pieces) > 1:
                yield pieces


def _delta(line: Line, profile: ServiceProfile) -> tuple[str, int, int] | None:
    if line.kind != "text" or not profile.deltas:
        return None
    event = profile.event_name(line.data)
    name = profile.deltas.get(event or "")
    if event is None or name is None:
        return None
    # An object's values would be several; a text is one.
    found = list(json_hits(line.data, Lookup({plain_name(name): "text"})))
    return (event, found[0].start, found[0].end) if len(found) == 1 else None


def _is_whole(data: bytes) -> bool:
    return data[:1] + data[-1:] in {b"{}", b"[]"}


def joined(lines: Sequence[Line], pieces: Sequence[Piece]) -> bytes:
    """The pieces as one text."""
    return b"".join(lines[piece.index].data[piece.start : piece.end] for piece in pieces)


def redact_across(redactor: Redactor, lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """The same messages without what is secret across them."""
    changed = list(lines)
    for pieces in list(runs(lines, redactor.profile)):
        replaced = redactor.data(joined(lines, pieces))
        if not replaced.edits:
            continue
        texts = replaced.cut([piece.end - piece.start for piece in pieces])
        for piece, text in zip(pieces, texts, strict=True):
            changed[piece.index] = _with(lines[piece.index], piece, text)
    return tuple(changed)


def _with(line: Line, piece: Piece, text: bytes) -> Line:
    if line.data[piece.start : piece.end] == text:
        return line
    replaced = apply(line.data, [Edit(piece.start, piece.end, text)])
    fitting = sum(line.frames) == len(line.data)
    frames = tuple(map(len, replaced.cut(line.frames))) if line.frames and fitting else ()
    return msgspec.structs.replace(line, data=replaced.data, frames=frames)


def texts_across(cassette: Cassette, profile: ServiceProfile) -> Iterator[tuple[int, bytes]]:
    """Number of an exchange, and a text that goes over its messages: what a scan looks at besides the bytes."""
    for number, exchange in enumerate(cassette.exchanges):
        if isinstance(exchange, SocketExchange):
            for pieces in runs(exchange.messages, profile):
                yield number, joined(exchange.messages, pieces)
