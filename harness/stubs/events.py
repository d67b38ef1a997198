"""Streams of events in the bytes of their format: server-sent events, NDJSON, or plain pieces."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, cast, get_args

from harness.stubs.errors import StubError

StreamFormat: TypeAlias = Literal["sse", "ndjson", "text"]
"""``sse``: server-sent events; ``ndjson``: one JSON value a line; ``text``: pieces of text as they are."""
FORMATS: Final[tuple[str, ...]] = get_args(StreamFormat)
CONTENT_TYPES: Final[dict[str, str]] = {
    "sse": "text/event-stream",
    "ndjson": "application/x-ndjson",
    "text": "text/plain; charset=utf-8",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamEvent:
    """One server-sent event that has a type, an id or a retry time beside its data.

    Attributes:
        data: Text, of several lines if need be; any other value is sent as JSON.
        event: Its type; empty for none.
        id: Its id; None for none.
        retry: Milliseconds after which a client should reconnect; None for none.
    """

    data: object = ""
    event: str = ""
    id: str | None = None
    retry: int | None = None


def encoded(events: Iterable[object], form: str) -> tuple[bytes, ...]:
    """Each event in the bytes of a format.

    Args:
        events: `StreamEvent` objects, texts, JSON values; bytes are sent as they are, whatever the format.
        form: One of `FORMATS`.

    Raises:
        StubError: The format is unknown, or does not have such an event.
    """
    if form not in FORMATS:
        raise StubError(f"stream: format {form!r}: expected one of {', '.join(FORMATS)}")
    if isinstance(events, (str, bytes, dict)):
        raise StubError("stream: expected a list of events, got a single one: put it in brackets")
    return tuple(_piece(event, form) for event in events)


def _piece(event: object, form: str) -> bytes:
    if isinstance(event, bytes):
        return event
    if form == "sse":
        return _server_sent(event if isinstance(event, StreamEvent) else StreamEvent(data=event))
    if isinstance(event, StreamEvent):
        raise StubError(
            f"stream: the format {form} cannot hold a StreamEvent: use the format 'sse', or give the event's data alone"
        )
    if form == "ndjson":
        return (as_json(event) + "\n").encode()
    if not isinstance(event, str):
        raise StubError(
            f"stream: the format text takes str and bytes, not {type(event).__name__}: use the format 'ndjson'"
        )
    return event.encode()


def _server_sent(event: StreamEvent) -> bytes:
    lines = [f"event: {_one_line('event', event.event)}"] if event.event else []
    lines += [f"id: {_one_line('id', event.id)}"] if event.id is not None else []
    lines += [f"retry: {event.retry}"] if event.retry is not None else []
    text = event.data if isinstance(event.data, str) else as_json(event.data)
    lines += [f"data: {line}" for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    return ("\n".join(lines) + "\n\n").encode("utf-8", "surrogatepass")


def _one_line(name: str, text: str) -> str:
    if "\n" in text or "\r" in text or "\0" in text:
        raise StubError(f"stream: {name} {text[:40]!r}: expected a text of one line")
    return text


def as_json(value: object) -> str:
    """A value as compact JSON.

    Raises:
        StubError: The value has no JSON.
    """
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise StubError(f"{type(value).__name__} cannot be sent as JSON: {error}") from error


def as_events(value: object) -> Sequence[object]:
    """The events of a file.

    A mapping of ``data`` and at least one of ``event``, ``id`` and ``retry``, and of nothing else, becomes a
    `StreamEvent`; any other item stays as it is.
    """
    items = cast("list[object]", value)
    return [_event(item) for item in items]


def _event(item: object) -> object:
    if isinstance(item, dict):
        fields = cast("dict[str, object]", item)
        if "data" in fields and fields.keys() <= {"data", "event", "id", "retry"} and len(fields) > 1:
            return StreamEvent(
                data=fields["data"],
                event=str(fields.get("event", "")),
                id=None if fields.get("id") is None else str(fields["id"]),
                retry=cast("int | None", fields.get("retry")),
            )
    return item
