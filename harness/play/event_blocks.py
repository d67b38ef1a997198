"""`EventBlocks`: the events of a streamed body, each as soon as its last byte has come."""

from __future__ import annotations

from typing import Final

from harness.cassette.model import Line
from harness.framing.event_streams import (
    EVENT_END,
    LINE_END,
    StreamUnit,
    events_of,
    has_units,
    in_units,
    is_event_stream,
)

_COMMENT: Final = "(comment)"


class EventBlocks:
    """Splits a streamed body into its events as its pieces arrive.

    Args:
        content_type: Of the response; a body of a type without events has none.
    """

    def __init__(self, content_type: str) -> None:
        self._type = content_type
        self._end = EVENT_END if is_event_stream(content_type) else LINE_END
        self._has_events = has_units(content_type)
        self._waiting = b""

    def feed(self, piece: bytes) -> list[StreamUnit]:
        """The events that this piece completes."""
        if not self._has_events:
            return []
        units = [line.data for line in in_units(self._type, (Line("<", 0, "text", self._waiting + piece),))]
        self._waiting = b"" if self._end.search(units[-1]) else units.pop()
        return self._read(b"".join(units))

    def finish(self) -> list[StreamUnit]:
        """The event that the end of the body completes, if any."""
        rest, self._waiting = self._waiting, b""
        return self._read(rest) if self._has_events else []

    def _read(self, data: bytes) -> list[StreamUnit]:
        """The events without the comments by which services keep a connection open."""
        found = events_of(self._type, (Line("<", 0, "text", data),)) if data else []
        return [each for each in found if each.data.strip() and each.name != _COMMENT]
