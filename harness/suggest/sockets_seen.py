"""Finds, in takes' sockets, heartbeats that only their rhythm shows, and streams that chance divides into messages."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Final, cast

from harness.cassette.model import Line, SocketExchange
from harness.framing.json_values import parse_json
from harness.framing.message_patterns import MessagePattern, json_pattern
from harness.framing.records import RECORD_SEPARATOR
from harness.framing.streams import PacketSplitter, framing_named
from harness.match.looks import looks_random
from harness.replay.entries import is_preflight
from harness.suggest.rules import Suggested
from harness.suggest.takes import Take

_WORD: Final = re.compile(r"[A-Za-z][\w.:/-]{0,60}", re.ASCII)
_TEXT: Final = re.compile(rb"[ -~]{1,60}")
_DIGITS: Final = re.compile(rb"\d+")
_RUNS: Final = re.compile(r"[A-Za-z0-9_-]+")
_MOST_BYTES: Final = 16
_TYPES: Final = frozenset({"op", "type", "t", "cmd", "command", "kind", "event", "code", "opcode"})
"""Fields whose number is the type of a message."""
_MOST_NUMBER: Final = 1000
"""A larger number is a time or a counter, not the type of a message."""
_DIVIDED: Final = ("records", "lines", "length32")
"""The framings whose messages no look shows to be divided by chance."""


def is_word(name: str) -> bool:
    """Whether a text may be the name of something, and is no generated value."""
    return _WORD.fullmatch(name) is not None and not (len(name) > 10 and looks_random(name))


# ---------------------------------------------------------------- heartbeats
def heartbeat_patterns(takes: Sequence[Take]) -> tuple[Suggested, ...]:
    """The patterns of all heartbeats, if only the rhythm shows one of them: a session may be too short for that.

    With the replies to them. None if a sort has no pattern without generated values, or one that fits other messages.
    """
    sorts: dict[tuple[str, bytes], list[bytes]] = {}
    by_rhythm: set[tuple[str, bytes]] = set()
    others: list[bytes] = []
    for take in takes:
        for entry in take.entries:
            if entry.tape is None:
                if entry.is_heartbeat and not is_preflight(entry.request.method, entry.request.headers):
                    sorts.setdefault(("request", entry.request.body), []).append(entry.request.body)
                continue
            beats = entry.tape.heartbeats
            by_rhythm |= beats.by_rhythm
            for line in _client_lines(entry.exchange):
                sort = beats.sort(line.kind, line.data)
                if sort is None:
                    others.append(line.data)
                else:
                    sorts.setdefault(sort, []).append(line.data)
    if not by_rhythm:
        return ()
    found: list[Suggested] = []
    for sort, messages in sorts.items():
        pattern = _pattern(messages)
        if not pattern or any(map(MessagePattern.parse(pattern).matches, others)):
            return ()
        why = "at even intervals" if sort in by_rhythm else "by look"
        found.append(Suggested(pattern, f"{why}: {len(messages)} messages of the client"))
    replies = {_pattern([reply]): "the service's reply" for reply in _replies(takes)}
    found += [Suggested(pattern, why) for pattern, why in replies.items() if pattern]
    return tuple({each.value: each for each in found}.values())


def _replies(takes: Sequence[Take]) -> Iterator[bytes]:
    """Yield one reply for each sort of heartbeat that has replies."""
    tapes = (entry.tape for take in takes for entry in take.entries if entry.tape is not None)
    return (line.data for tape in tapes for _, line in tape.heartbeats.replies.values() if line is not None)


def _pattern(messages: Sequence[bytes]) -> str:
    """The pattern of messages of one sort; empty if there is none without a generated value."""
    values = [parse_json(each.removesuffix(RECORD_SEPARATOR)) for each in messages]
    if all(isinstance(each, dict) for each in values):
        fields = _common_fields([cast("Mapping[str, object]", each) for each in values])
        return json_pattern(fields) if fields else ""
    first = messages[0]
    if all(_TEXT.fullmatch(each) for each in messages) and not first.startswith((b"{", b"[", b"hex:")):
        text = first if len(set(messages)) == 1 else _DIGITS.sub(b"*", first)
        is_plain = b"*" not in first and all(is_word(run) or run.isdigit() for run in _RUNS.findall(first.decode()))
        return text.decode() if is_plain and text != b"*" else ""
    return f"hex:{first.hex()}" if len(set(messages)) == 1 and len(first) <= _MOST_BYTES else ""


def _common_fields(values: Sequence[Mapping[str, object]]) -> dict[str, object]:
    """The fields that have the same word, or number of a type, in all of the objects; else the same small number."""
    common = {
        name: value
        for name, value in values[0].items()
        if is_word(name) and all(name in each and each[name] == value for each in values)
    }
    words = {name: value for name, value in common.items() if isinstance(value, str) and is_word(value)}
    types = {name: value for name, value in common.items() if name in _TYPES and _is_small(value)}
    return {**types, **words} or {name: value for name, value in common.items() if _is_small(value)}


def _is_small(value: object) -> bool:
    return isinstance(value, int) and 0 <= value < _MOST_NUMBER


# ---------------------------------------------------------------- framing
def divided_stream(takes: Sequence[Take]) -> Suggested | None:
    """The framing by which all messages of the sockets are packets, where chance divides these into messages.

    Chance shows if a packet spans messages, or if two takes divide as many packets in other ways.
    """
    directions = _directions(takes)
    for name in _DIVIDED if directions else ():
        counts = [(key, _packets(name, messages)) for key, messages in directions]
        found = [(key, each) for key, each in counts if each is not None]
        if len(found) == len(counts) and _is_by_chance(found):
            messages, packets = sum(len(each) for _, each in found), sum(sum(each) for _, each in found)
            return Suggested(name, f"{messages} messages hold {packets} packets: chance divides them")
    return None


def _is_by_chance(counts: Sequence[tuple[Hashable, list[int]]]) -> bool:
    ways: dict[tuple[Hashable, int], set[tuple[int, ...]]] = {}
    for key, each in counts:
        ways.setdefault((key, sum(each)), set()).add(tuple(each))
    return any(0 in each for _, each in counts) or any(len(each) > 1 for each in ways.values())


def _packets(name: str, messages: Sequence[bytes]) -> list[int] | None:
    """How many packets each message completes; None if they do not consist of packets."""
    splitter = PacketSplitter(framing_named(name))
    counts = [len(splitter.feed(each)) for each in messages]
    return counts if splitter.is_between and sum(counts) else None


def _directions(takes: Sequence[Take]) -> list[tuple[Hashable, list[bytes]]]:
    """For each socket and direction: path and direction as a key, and the messages; empty if a framing is known."""
    sockets = [entry for take in takes for entry in take.entries if entry.tape is not None]
    if any(entry.tape.framing is not None for entry in sockets if entry.tape is not None):
        return []
    found = [
        ((entry.request.path, direction), [line.data for line in _lines(entry.exchange) if line.direction == direction])
        for entry in sockets
        for direction in "<>"
    ]
    return [(key, messages) for key, messages in found if messages]


def _client_lines(exchange: object) -> Iterator[Line]:
    return (line for line in _lines(exchange) if line.direction == ">")


def _lines(exchange: object) -> Iterable[Line]:
    every = exchange.messages if isinstance(exchange, SocketExchange) else ()
    return (line for line in every if line.kind in {"text", "binary"})
