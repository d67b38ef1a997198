"""The bodies of a recording that do not fit into memory: found in its events, and read from them piece by piece."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TypeAlias

import msgspec

from harness.cassette.payloads import LARGEST_IN_MEMORY, Payload
from harness.record.events import Event, RequestBody, ResponsePieces

OfBody: TypeAlias = type[RequestBody] | type[ResponsePieces]
LargeBody: TypeAlias = tuple[int, OfBody]
"""The exchange of a large body, and the events that it is in: the request's or the response's."""


def large_bodies_in(log: Iterable[Event]) -> frozenset[LargeBody]:
    """The bodies above `LARGEST_IN_MEMORY`."""
    sizes = Counter[LargeBody]()
    for event in log:
        if isinstance(event, (RequestBody, ResponsePieces)):
            sizes[event.exchange, type(event)] += sum(map(len, _data(event)))
    return frozenset(body for body, size in sizes.items() if size > LARGEST_IN_MEMORY)


def without_pieces(event: Event) -> Event:
    """The event without what it has of a body; its time stays."""
    match event:
        case ResponsePieces():
            return msgspec.structs.replace(event, pieces=())
        case RequestBody():
            return msgspec.structs.replace(event, data=b"")
        case _:
            return event


def body_pieces(log: Iterable[Event], body: LargeBody) -> Iterator[bytes]:
    """The pieces of a body."""
    for event in log:
        if isinstance(event, (RequestBody, ResponsePieces)) and (event.exchange, type(event)) == body:
            yield from _data(event)


def _data(event: RequestBody | ResponsePieces) -> tuple[bytes, ...]:
    return (event.data,) if isinstance(event, RequestBody) else tuple(piece.data for piece in event.pieces)


class LargeBodies(msgspec.Struct, frozen=True):
    """The bodies of one exchange that are too large for its events to hold them."""

    sent: Payload | None = None
    received: Payload | None = None
