"""What takes show of a service beside its values: names of events, the end of a turn, heartbeats, framings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, cast

from harness.cassette.model import Line, SocketExchange
from harness.framing.json_values import NOT_JSON, parse_json
from harness.framing.records import RECORD_SEPARATOR, records_of
from harness.profile import ServiceProfile
from harness.replay.units import framing_of
from harness.suggest.rules import Suggested
from harness.suggest.sockets_seen import is_word
from harness.suggest.takes import Take

_NAMING: Final = ("type", "event", "op", "method", "action", "kind", "target", "msg_type", "cmd", "command", "t")
"""Fields that may hold an event's name, the likeliest first."""
_SHARE: Final = 0.8
"""Of the JSON messages, so many have the field."""


def event_place(takes: Sequence[Take]) -> Suggested | None:
    """The place in messages that holds the event's name, such as ``message.type``; None if there is no such place."""
    values = [value for line in _messages(takes) for value in _values(line.data)]
    if len(values) < 2:
        return None
    lists = [cast("list[object]", value) for value in values if isinstance(value, list)]
    if len(lists) >= _SHARE * len(values):
        names = [each[0] for each in lists if each and isinstance(each[0], str)]
        return _place("message[0]", names, len(values))
    objects = [cast("dict[str, object]", value) for value in values if isinstance(value, dict)]
    for name in _NAMING:
        found = [value for each in objects if isinstance(value := each.get(name), str)]
        place = _place(f"message.{name}", found, len(values))
        if place is not None:
            return place
    return None


def _place(place: str, names: Sequence[object], total: int) -> Suggested | None:
    words = [each for each in names if isinstance(each, str) and is_word(each)]
    kinds = set(words)
    if len(words) < _SHARE * total or not 2 <= len(kinds) <= max(2, len(words) // 2):
        return None
    return Suggested(place, f"{len(words)} of {total} JSON messages have it, with {len(kinds)} names")


def ends_of_turn(takes: Sequence[Take], profile: ServiceProfile) -> tuple[Suggested, ...]:
    """The events that end a turn: the last of the service before the client's next message, and nowhere else."""
    last: Counter[str] = Counter()
    inside: set[str] = set()
    for run in _answers(takes, profile):
        if len(run) > 1:
            last[run[-1]] += 1
            inside.update(run[:-1])
    turns = sum(last.values())
    ends = {name: count for name, count in last.items() if is_word(name) and name not in inside and count * 2 >= turns}
    return tuple(Suggested(name, f"the last event of {n} of {turns} answers") for name, n in ends.items() if n > 1)


def _answers(takes: Sequence[Take], profile: ServiceProfile) -> Iterator[list[str]]:
    """For each pair of successive client messages, yield the names of the service's events between them."""
    for take in takes:
        for entry in take.entries:
            run: list[str] = []
            has_question = False
            for line in _lines(entry.exchange) if entry.tape is not None else ():
                if line.direction == "<":
                    run.append(profile.event_name(line.data) or "")
                    continue
                if has_question and run:
                    yield run
                has_question, run = True, []
            if has_question and run:
                yield run


def remarks(takes: Sequence[Take], *, has_heartbeats: bool = False) -> list[str]:
    """Heartbeats and framings, which a replay recognizes, so that a profile does not name them.

    Args:
        takes: The recordings.
        has_heartbeats: Whether the profile names the heartbeats.
    """
    tapes = [entry.tape for take in takes for entry in take.entries if entry.tape is not None]
    beats = sum(len(tape.heartbeats.lines) for tape in tapes)
    calls = sum(entry.is_heartbeat for take in takes for entry in take.entries)
    found = (
        [f"heartbeats: {beats + calls} messages and requests, recognized by look or rhythm"]
        if beats + calls and not has_heartbeats
        else []
    )
    framings = Counter(name for take in takes for name in _framings(take))
    if framings:
        found.append("framing: " + ", ".join(f"{name} ({count} messages)" for name, count in framings.most_common()))
    return found


def _framings(take: Take) -> Iterator[str]:
    for entry in take.entries:
        exchange = entry.exchange
        if not isinstance(exchange, SocketExchange) or entry.tape is None:
            continue
        packets = framing_of(exchange)
        is_engine_io = "EIO=" in exchange.target
        for line in _lines(exchange):
            yield packets.name if packets is not None else "socket.io" if is_engine_io else _framing(line)


def _framing(line: Line) -> str:
    if parse_json(line.data) is not NOT_JSON:
        return "JSON-RPC" if b'"jsonrpc"' in line.data else "JSON"
    if RECORD_SEPARATOR in line.data:
        return "JSON records"
    if records_of(line.data) is not None:
        return "text with JSON"
    return line.kind


def _messages(takes: Iterable[Take]) -> Iterator[Line]:
    for take in takes:
        for entry in take.entries:
            beats = frozenset[int]() if entry.tape is None else entry.tape.heartbeats.lines
            yield from (line for line in _lines(entry.exchange) if id(line) not in beats)


def _lines(exchange: object) -> Iterator[Line]:
    if isinstance(exchange, SocketExchange):
        yield from (line for line in exchange.messages if line.kind in {"text", "binary"})


def _values(data: bytes) -> list[Any]:
    value = parse_json(data)
    if value is not NOT_JSON:
        return [value]
    records = records_of(data)
    return [] if records is None else [each.value for each in records[1] if each.value is not NOT_JSON]
