"""The events in a streamed body: those of ``text/event-stream``, and the lines of other text."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from harness.headers import is_text_type

_BLANK_LINE: Final = re.compile(rb"\r\n\r\n|\n\n|\r\r")
_LINE_END: Final = re.compile(rb"\r\n|\n|\r")
_LONGEST: Final = 4 * 1024 * 1024
"""Bytes without an end of an event; longer ones are an event of their own."""


class BodyEvent(NamedTuple):
    """One event of a streamed body.

    Attributes:
        name: The ``event`` field of a server-sent event, or empty.
        data: Its data, or the line.
    """

    name: str
    data: bytes


class EventBlocks:
    """Splits a streamed body into its events as its pieces arrive.

    Args:
        content_type: Of the response; a body that is no text has no events.
    """

    def __init__(self, content_type: str) -> None:
        kind = content_type.partition(";")[0].strip().lower()
        self._is_sse = kind == "text/event-stream"
        self._has_events = self._is_sse or is_text_type(content_type)
        self._waiting = b""

    def feed(self, piece: bytes) -> list[BodyEvent]:
        """The events that this piece completes."""
        if not self._has_events:
            return []
        *whole, self._waiting = (_BLANK_LINE if self._is_sse else _LINE_END).split(self._waiting + piece)
        if len(self._waiting) > _LONGEST:
            whole, self._waiting = [*whole, self._waiting], b""
        return self._events(whole)

    def finish(self) -> list[BodyEvent]:
        """The event that the end of the body completes, if any."""
        rest, self._waiting = self._waiting, b""
        return self._events([rest]) if self._has_events else []

    def _events(self, blocks: list[bytes]) -> list[BodyEvent]:
        found = (_sse_event(block) if self._is_sse else BodyEvent("", block) for block in blocks)
        return [event for event in found if event is not None and event.data.strip()]


def _sse_event(block: bytes) -> BodyEvent | None:
    """A server-sent event; None for a comment, with which services keep a connection open."""
    name, data = "", list[bytes]()
    for line in _LINE_END.split(block):
        field, _, value = line.partition(b":")
        if field == b"event":
            name = value.removeprefix(b" ").decode("utf-8", "replace")
        elif field == b"data":
            data.append(value.removeprefix(b" "))
    return BodyEvent(name, b"\n".join(data)) if data else None
