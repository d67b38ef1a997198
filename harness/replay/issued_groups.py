"""The values of messages that may identify something, with their paths: what services issue, and clients use."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, cast

from harness.cassette.model import SocketExchange
from harness.framing.json_values import NOT_JSON, parse_json
from harness.framing.records import records_of
from harness.match.counters import without_counters
from harness.match.request import ParsedRequest
from harness.replay.entries import ReplayEntry
from harness.replay.tape import Tape

_MOST_DEPTH: Final = 20
SHORTEST: Final = 4
"""Characters; shorter values identify nothing."""
_LEAST_NUMBER: Final = 1000
_MOST_BYTES: Final = 64 * 1024
_MOST_WORDS: Final = 2000
_NAMING_URLS: Final = frozenset({"location", "content-location", "operation-location", "azure-asyncoperation"})
"""Headers of a response whose URL names what the service has made, or where it tells of its progress."""
_WORD: Final = re.compile(r"[A-Za-z0-9_-]{4,}")


@dataclass(eq=False, slots=True)
class IssuedGroup:
    """The values that the service issued in one message.

    Attributes:
        entry: The exchange.
        family: Equal for messages to clients that had sent the same so far, generated values apart.
        line: Number of the message on its socket; -1 for a response.
        moment: When, in microseconds since the session began.
        values: Path -> value.
    """

    entry: ReplayEntry
    family: tuple[str, int]
    line: int
    moment: int
    values: dict[str, str] = field(default_factory=dict[str, str])


def text_of(data: bytes) -> str:
    """The beginning of a payload as latin-1 text."""
    return data[:_MOST_BYTES].decode("latin-1")


def asked_values(entry: ReplayEntry) -> Iterator[str]:
    """The values of a request that the service may have issued before: path, query, form and body."""
    request = entry.request
    yield from (segment for segment in request.segments if len(segment) >= SHORTEST)
    yield from (value for _, value in request.query)
    yield from (value for _, value in request.form or ())
    yield from (value for _, value in named_values(request.body))


def groups_of(entry: ReplayEntry) -> Iterator[IssuedGroup]:
    """The values that the service issued in an exchange, message by message."""
    exchange = entry.exchange
    if exchange.response is None:
        return
    family = f"{entry.request.method} {entry.request.plain_target}\n{entry.request.plain_body}"
    named = dict(_named_by_headers(entry))
    if exchange.response.body.searched or named:
        answer = _group(entry, (family, -1), -1, exchange.at + exchange.response.after, exchange.response.body.searched)
        known = frozenset(answer.values.values())
        answer.values |= {path: value for path, value in named.items() if value not in known}
        yield answer
    for number, line in enumerate(exchange.response.stream or ()):
        yield _group(entry, (family, number), -1, exchange.at + line.time, line.data)
    if isinstance(exchange, SocketExchange) and entry.tape is not None:
        yield from _socket_groups(entry, entry.tape, family)


def _named_by_headers(entry: ReplayEntry) -> Iterator[tuple[str, str]]:
    """The values by which a response's headers name what the service has made, such as ``Location: /files/ID``.

    Not those that the request holds already, such as the path of a collection.
    """
    asked = {*entry.request.segments, *(value for _, value in entry.request.query)}
    for name, value in entry.response_headers:
        if name in _NAMING_URLS:
            yield from (
                (f"headers.{name}[{number}]", each)
                for number, each in enumerate(_parts_of(value))
                if len(each) >= SHORTEST and each not in asked
            )


def _parts_of(url: str) -> list[str]:
    """The segments of a URL's path and the values of its query; none of a malformed one."""
    parts = ParsedRequest("GET", url)
    try:
        return [*parts.segments, *(each for _, each in parts.query)]
    except ValueError:
        return []


def _socket_groups(entry: ReplayEntry, tape: Tape, family: str) -> Iterator[IssuedGroup]:
    """The groups of a socket; heartbeats do not count, nor does the order of messages that a client sends in one go."""
    matched = 0
    for number, position in enumerate(tape.server_positions):
        message = [text_of(without_counters(each.data)) for each in tape.client_messages[matched : tape.gates[number]]]
        family = "\n".join([family, *sorted(message)])
        matched = tape.gates[number]
        line = tape.lines[position]
        if line.kind in {"text", "binary"}:
            yield _group(entry, (family, number), number, entry.exchange.at + line.time, line.data)


def _group(entry: ReplayEntry, family: tuple[str, int], line: int, moment: int, payload: bytes) -> IssuedGroup:
    values: dict[str, str] = {}
    seen: set[str] = set()
    for path, value in named_values(payload):
        if len(value) >= SHORTEST and value not in seen:
            values[path] = value
            seen.add(value)
    return IssuedGroup(entry, family, line, moment, values)


def named_values(payload: bytes) -> Iterator[tuple[str, str]]:
    """The values of a payload that may identify something, with their paths: strings of JSON, or words of text."""
    value = parse_json(payload)
    if value is not NOT_JSON:
        yield from _leaves(value)
        return
    records = records_of(payload)
    if records is None:
        words = _WORD.findall(payload[:_MOST_BYTES].decode("latin-1"))
        yield from ((f"#{number}", each) for number, each in enumerate(words[:_MOST_WORDS]))
        return
    for number, record in enumerate(records[1]):
        yield from ((f"#{number}{path}", each) for path, each in _leaves(record.value))


def _leaves(value: object) -> Iterator[tuple[str, str]]:
    """Every string of a JSON value with its path."""
    if value is NOT_JSON:
        return
    waiting: list[tuple[str, object, int]] = [("", value, 0)]
    while waiting:
        path, current, depth = waiting.pop()
        if isinstance(current, str):
            yield path, current
        elif isinstance(current, int) and not isinstance(current, bool) and current >= _LEAST_NUMBER:
            yield path, str(current)
        elif depth < _MOST_DEPTH and isinstance(current, dict):
            fields = cast("dict[str, object]", current)
            waiting += [(f"{path}.{name}", inner, depth + 1) for name, inner in fields.items()]
        elif depth < _MOST_DEPTH and isinstance(current, list):
            items = cast("list[object]", current)
            waiting += [(f"{path}[{at}]", inner, depth + 1) for at, inner in enumerate(items)]
