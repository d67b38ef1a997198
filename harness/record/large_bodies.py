"""The bodies of a recording that do not fit into memory: found in its events, and read from them piece by piece."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

import msgspec

from harness.cassette.payloads import LARGEST_IN_MEMORY
from harness.record.events import Event, ResponsePieces


def with_large_bodies(log: Iterable[Event]) -> frozenset[int]:
    """The exchanges whose response has a body above `LARGEST_IN_MEMORY`."""
    sizes = Counter[int]()
    for event in log:
        if isinstance(event, ResponsePieces):
            sizes[event.exchange] += sum(len(piece.data) for piece in event.pieces)
    return frozenset(exchange for exchange, size in sizes.items() if size > LARGEST_IN_MEMORY)


def without_pieces(event: Event) -> Event:
    """The event without what it has of a body; its time stays."""
    return msgspec.structs.replace(event, pieces=()) if isinstance(event, ResponsePieces) else event


def body_pieces(log: Iterable[Event], exchange: int) -> Iterator[bytes]:
    """The pieces of the body of an exchange's response."""
    for event in log:
        if event.exchange == exchange and isinstance(event, ResponsePieces):
            yield from (piece.data for piece in event.pieces)
