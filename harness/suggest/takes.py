"""`Take`: one recording of a session, and the exchanges and messages of another take that correspond to its own."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import islice
from typing import Final, TypeVar, cast

from harness.cassette.model import Cassette
from harness.framing.json_values import NOT_JSON, parse_json
from harness.framing.records import records_of
from harness.match.looks import looks_random
from harness.match.mask import Mask
from harness.match.places import Places
from harness.match.request import ParsedMessage
from harness.profile import ServiceProfile
from harness.replay.cassette_entries import entries_of
from harness.replay.entries import ReplayEntry
from harness.replay.evidence import recorded_at
from harness.replay.socket_reading import SocketReading
from harness.replay.units import in_packets
from harness.suggest.tokens import tokens_of

_NAMES: Final = ("type", "event", "op", "method", "action", "kind", "target", "cmd", "command", "name")
"""Fields whose value names the sort of a message."""
_MOST_COMPARED: Final = 32
"""Of the exchanges with one method and path, so many are compared with another take's next one."""
_MOST_ALIGNED: Final = 4_000_000
"""Pairs of items. The time of an alignment grows with them; longer sequences are paired by number."""
_MOST_AHEAD: Final = 8
"""Of the messages of one sort, so many are compared with another take's next one."""
_LONGEST: Final = 64 * 1024
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Take:
    """One recording of the session.

    Attributes:
        name: As the user wrote it.
        cassette: The recording, with a line for each packet.
        entries: Its exchanges.
    """

    name: str
    cassette: Cassette
    entries: Sequence[ReplayEntry]

    @classmethod
    def of(cls, name: str, cassette: Cassette, profile: ServiceProfile) -> Take:
        """The take of a cassette.

        Args:
            name: As the user wrote it.
            cassette: The recording; its side files are loaded.
            profile: The service's profile.
        """
        packets = in_packets(cassette, profile.framing)
        return cls(name, packets, entries_of(packets, Mask(Places.of(profile)), SocketReading.of(profile)))

    @property
    def began(self) -> float:
        """When the session began, in seconds since 1970."""
        return recorded_at(self.cassette)


def counterparts(first: Take, other: Take) -> list[tuple[ReplayEntry | None, ReplayEntry | None]]:
    """The exchanges of two takes as pairs of the first's and the other's; None where one take has no counterpart.

    Exchanges correspond if method and path do. Of several the most similar ones form a pair, because clients that run
    at once have no order.
    """
    waiting: dict[Hashable, list[ReplayEntry]] = {}
    for entry in first.entries:
        waiting.setdefault(_label(entry), []).append(entry)
    found: list[tuple[ReplayEntry | None, ReplayEntry | None]] = []
    for entry in other.entries:
        alike = waiting.get(_label(entry), [])
        best = max(alike[:_MOST_COMPARED], key=lambda each: _likeness(each, entry), default=None)
        if best is not None:
            alike.remove(best)
        found.append((best, entry))
    return found + [(entry, None) for alike in waiting.values() for entry in alike]


def _label(entry: ReplayEntry) -> Hashable:
    segments = entry.request.segments
    return entry.request.method, entry.request.origin, tuple("{id}" if _is_id(each) else each for each in segments)


def _is_id(segment: str) -> bool:
    return any(each.isdigit() for each in segment) or (len(segment) > 10 and looks_random(segment))


def _likeness(one: ReplayEntry, other: ReplayEntry) -> float:
    return _shared(*(_words(islice(each.client_payloads(), 40)) for each in (one, other)))


def _shared(ours: set[str], theirs: set[str]) -> float:
    return len(ours & theirs) / (len(ours | theirs) or 1)


def _words(payloads: Iterable[bytes]) -> set[str]:
    return {token for each in payloads for token in tokens_of(each[:_LONGEST].decode("latin-1"))}


def corresponding(
    ours: Sequence[ParsedMessage], theirs: Sequence[ParsedMessage]
) -> Iterator[tuple[ParsedMessage, ParsedMessage]]:
    """The client's messages that correspond: of those of one sort the most similar ones, as their order is chance."""
    waiting: dict[Hashable, list[tuple[ParsedMessage, set[str]]]] = {}
    for each in ours:
        waiting.setdefault(message_shape(each.data), []).append((each, _words([each.data])))
    for message in theirs:
        alike, words = waiting.get(message_shape(message.data), []), _words([message.data])
        shares = [_shared(each, words) for _, each in alike[:_MOST_AHEAD]]
        if shares:
            yield alike.pop(shares.index(max(shares)))[0], message


def aligned(
    ours: Sequence[Item], theirs: Sequence[Item], shape: Callable[[Item], Hashable]
) -> Iterator[tuple[Item, Item]]:
    """The items of two sequences that correspond: equal in shape, or as many between two that are."""
    shapes = [[shape(each) for each in side] for side in (ours, theirs)]
    if shapes[0] == shapes[1]:
        yield from zip(ours, theirs, strict=True)
        return
    if len(ours) * len(theirs) > _MOST_ALIGNED:
        yield from _numbered(ours, theirs, shapes)
        return
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, *shapes, autojunk=False).get_opcodes():
        if tag == "equal" or (tag == "replace" and i2 - i1 == j2 - j1):
            yield from zip(ours[i1:i2], theirs[j1:j2], strict=True)


def _numbered(
    ours: Sequence[Item], theirs: Sequence[Item], shapes: Sequence[Sequence[Hashable]]
) -> Iterator[tuple[Item, Item]]:
    """The first items of each shape, the second ones, and so on."""
    waiting: dict[Hashable, deque[Item]] = {}
    for each, shape in zip(ours, shapes[0], strict=True):
        waiting.setdefault(shape, deque()).append(each)
    for each, shape in zip(theirs, shapes[1], strict=True):
        if alike := waiting.get(shape):
            yield alike.popleft(), each


def message_shape(data: bytes) -> Hashable:
    """The sort of a message, without values: equal for messages that correspond in two takes."""
    value = parse_json(data)
    if value is not NOT_JSON:
        return _sort(value)
    records = records_of(data)
    if records is not None:
        return tuple((re.sub(rb"\d+", b"0", each.head)[:40], _sort(each.value)) for each in records[1])
    return "text" if data[:1].isalnum() else data[:1]


def _sort(value: object) -> Hashable:
    if isinstance(value, list):
        first = next(iter(cast("list[object]", value)), None)
        return ("list", first if isinstance(first, str) and first.isidentifier() else type(first).__name__)
    if not isinstance(value, dict):
        return type(value).__name__
    fields = cast("dict[str, object]", value)
    return tuple((name, fields[name]) for name in _NAMES if isinstance(fields.get(name), (str, int)))
