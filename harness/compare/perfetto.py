"""`trace`: a session in Chrome's trace format, which ui.perfetto.dev and ``chrome://tracing`` open.

A lane (thread) holds the calls of which no two overlap, as one connection would; each socket has its own lane. A call
or a socket is a complete event (``X``), a message of it an instant (``i``). Times are microseconds from the session's
begin.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from harness.cassette.model import Call, Cassette
from harness.compare.mermaid import content_text
from harness.compare.timeline import TimelineEntry, timeline
from harness.printable import one_line
from harness.profile import ServiceProfile

_PROCESS: Final = 1
_LONGEST_NAME: Final = 200


def trace(cassette: Cassette, profile: ServiceProfile, *, width: int) -> dict[str, Any]:
    """The trace as JSON values.

    Args:
        cassette: The session, redacted.
        profile: Events of the service.
        width: Characters of each content.
    """
    by_exchange: dict[int, list[TimelineEntry]] = {}
    for each in timeline(cassette, profile, joined=False):
        by_exchange.setdefault(each.exchange, []).append(each)
    spans = {number: (entries[0].at, max(each.until for each in entries)) for number, entries in by_exchange.items()}
    lanes = _lanes(cassette, spans)
    return {
        "displayTimeUnit": "ms",
        "otherData": {"recorded": cassette.recorded.at, "from": cassette.recorded.origin},
        "traceEvents": [
            *_names(cassette, lanes),
            *(
                event
                for number, entries in by_exchange.items()
                for event in _events(entries, lanes[number], spans[number], width)
            ),
        ],
    }


def _lanes(cassette: Cassette, spans: dict[int, tuple[int, int]]) -> dict[int, int]:
    """Exchange -> lane, from 1; calls take the first lane that is free of calls by then."""
    lanes: dict[int, int] = {}
    free_from: dict[int, int] = {}  # lane of calls -> end of its last one
    made = 0
    for number, (begin, end) in sorted(spans.items(), key=lambda item: item[1]):
        is_call = isinstance(cassette.exchanges[number], Call)
        lane = next((lane for lane, free in free_from.items() if free <= begin), None) if is_call else None
        if lane is None:
            made += 1
            lane = made
        if is_call:
            free_from[lane] = end
        lanes[number] = lane
    return lanes


def _names(cassette: Cassette, lanes: dict[int, int]) -> Iterator[dict[str, Any]]:
    yield _metadata("process_name", 0, one_line(cassette.recorded.origin or "service", _LONGEST_NAME))
    for number, lane in sorted(lanes.items()):
        exchange = cassette.exchanges[number]
        if not isinstance(exchange, Call):
            yield _metadata("thread_name", lane, one_line(f"socket {exchange.target}", _LONGEST_NAME))
    calls = {lane for number, lane in lanes.items() if isinstance(cassette.exchanges[number], Call)}
    for lane in sorted(calls):
        yield _metadata("thread_name", lane, "calls")


def _metadata(name: str, lane: int, value: str) -> dict[str, Any]:
    return {"ph": "M", "name": name, "pid": _PROCESS, "tid": lane, "args": {"name": value}}


def _events(entries: list[TimelineEntry], lane: int, span: tuple[int, int], width: int) -> Iterator[dict[str, Any]]:
    begin, end = span
    request = next(each for each in entries if each.kind == "request")
    answer = next((each for each in entries if each.kind == "answer"), None)
    yield {
        "ph": "X",
        "name": one_line(request.name, _LONGEST_NAME),
        "cat": "exchange",
        "ts": begin,
        "dur": end - begin,
        "pid": _PROCESS,
        "tid": lane,
        "args": {
            "exchange": request.exchange,
            "status": "" if answer is None else one_line(answer.name, _LONGEST_NAME),
            "request": one_line(content_text(request), width),
            "response": "" if answer is None else one_line(content_text(answer), width),
        },
    }
    yield from (_instant(each, lane, width) for each in entries if each is not request)


def _instant(each: TimelineEntry, lane: int, width: int) -> dict[str, Any]:
    return {
        "ph": "i",
        "s": "t",
        "name": one_line(f"{each.direction} {each.name or each.kind}", _LONGEST_NAME),
        "cat": each.kind,
        "ts": each.at,
        "pid": _PROCESS,
        "tid": lane,
        "args": {"bytes": len(each.data), "content": one_line(content_text(each), width)},
    }
