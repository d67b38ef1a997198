"""Where a stream of events goes on for a client that comes back with ``Last-Event-ID`` (HTML standard, EventSource)."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import Final

from harness.cassette.model import Cassette, Exchange, SocketExchange
from harness.framing.event_streams import events_of, is_event_stream, media_type_of
from harness.match.bindings import Bindings
from harness.match.deciding import NO_EVENTS, RESUMING, EventIds
from harness.match.request import ParsedRequest
from harness.replay.substitution import with_bound_values

HEADER: Final = RESUMING
_PIECES: Final = frozenset({"text", "binary"})
_OK: Final = 200


def line_after(exchange: Exchange, event_id: str) -> int | None:
    """The number of the line that follows the event with an id in the recorded stream.

    Args:
        exchange: The exchange; one that has no stream of events gives None.
        event_id: As the service named the event.

    Returns:
        The number, from 0; the count of lines if the event is the last. None without such an event in a line of
        its own.
    """
    response = exchange.response
    if response is None or not response.stream or not is_event_stream(media_type_of(response.headers)):
        return None
    # Of events that share an id the last one counts, as the client had them all.
    event = next(
        (each for each in reversed(events_of(media_type_of(response.headers), response.stream)) if each.id == event_id),
        None,
    )
    if event is None:
        return None
    return next((number for number, line in enumerate(response.stream, 1) if line is event.line), None)


def has_more(exchange: Exchange, number: int) -> bool:
    """Whether a recorded stream has events from a line on."""
    lines = exchange.response.stream if exchange.response is not None else None
    return any(line.kind in _PIECES for line in (lines or ())[number:])


def is_quiet(exchange: Exchange) -> bool:
    """Whether a GET was recorded whose stream of events had none: its client waited for what never came."""
    response = exchange.response
    if response is None or isinstance(exchange, SocketExchange) or exchange.method != "GET":
        return False
    is_empty = not response.body.data and not has_more(exchange, 0)
    return response.status == _OK and is_empty and is_event_stream(media_type_of(response.headers))


def event_ids(cassette: Cassette) -> EventIds:
    """The ids of a cassette's events; none where no client came back to a stream of it."""
    if not any(name == HEADER for each in cassette.exchanges for name, _ in each.request.headers):
        return NO_EVENTS
    issued: set[tuple[str, str]] = set()
    resumed: set[tuple[str, str]] = set()
    for exchange in sorted(cassette.exchanges, key=lambda each: each.at):
        request = ParsedRequest("GET", exchange.target, exchange.request.headers)
        path, last = request.origin + request.path, request.header(HEADER)
        if last is not None and (path, last) in issued:
            resumed.add((path, last))
        issued |= {(path, each) for each in _ids(exchange)}
    return EventIds(frozenset(issued), frozenset(resumed))


def _ids(exchange: Exchange) -> Iterator[str]:
    response = exchange.response
    if response is not None and response.stream and is_event_stream(media_type_of(response.headers)):
        events = events_of(media_type_of(response.headers), response.stream)
        yield from (each.id for each in events if each.id)


def as_recorded(request: ParsedRequest, ids: EventIds, bindings: Bindings, named: AbstractSet[str]) -> ParsedRequest:
    """A request with the recorded id of the event that its client names as the last one.

    An event's id may hold values of this session in place of recorded ones.

    Args:
        request: The actual request.
        ids: Of the recorded events.
        bindings: Those of the session.
        named: The recorded values at places that the profile names.
    """
    last = request.header(HEADER)
    if not last or bindings.is_plain:
        return request
    changed = bindings.changed()
    path, raw = request.origin + request.path, last.encode("utf-8", "replace")
    every = sorted(event_id for at, event_id in ids.issued if at == path)
    sent = (each for each in every if with_bound_values(each.encode("utf-8", "replace"), changed, named) == raw)
    recorded = next(sent, last)
    if recorded == last:
        return request
    headers = tuple((name, recorded if name == HEADER else value) for name, value in request.headers)
    return ParsedRequest(request.method, request.target, headers, request.content)
