"""Where a stream of events goes on for a client that comes back with ``Last-Event-ID`` (HTML standard, EventSource)."""

from __future__ import annotations

from typing import Final

from harness.cassette.model import Exchange
from harness.framing.event_streams import events_of, is_event_stream, media_type_of

HEADER: Final = "last-event-id"


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
    return any(line.kind in ("text", "binary") for line in (lines or ())[number:])
