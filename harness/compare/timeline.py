"""`timeline`: the events of all exchanges of a recorded session, in the order of time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal, cast

from harness.cassette.model import (
    Body,
    Call,
    Cassette,
    Direction,
    Exchange,
    Headers,
    SocketExchange,
)
from harness.compare.json_fields import parsed
from harness.compare.messages import NamedMessage, messages_of, stream_messages
from harness.content_coding import content_of
from harness.profile import ServiceProfile

_SENDERS: Final[Mapping[str, Direction]] = {"client": ">", "server": "<", "recorder": "!"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEntry:
    """One event.

    Attributes:
        at: Microseconds after the session began.
        until: Time of the last of `count` pieces; else `at`.
        exchange: Number of the exchange, from 0.
        direction: Sender: ``>`` client, ``<`` server, ``!`` recorder.
        kind: ``request``, ``answer``, ``text``, ``binary``, ``ping``, ``pong``, ``close``, ``eof``, ``reset``, ``cut``,
            ``aborted``.
        name: Method and path, status, or the event's name; else empty.
        headers: Of a request or an answer.
        data: Body or payload; of an event or a line of a stream its content, without framing.
        file: Side file that holds the data, or None.
        code: Of a close.
        id: Of an event of a stream, as ``Last-Event-ID`` names it; else empty.
        text: The text of joined pieces.
        count: Number of joined messages.
        number: Of the message in its socket, or in its stream, from 0; None for other events.
    """

    at: int
    until: int
    exchange: int
    direction: Direction
    kind: str
    name: str = ""
    headers: Headers = ()
    data: bytes = field(default=b"", repr=False)
    file: str | None = None
    code: int | None = None
    id: str = ""
    text: str | None = field(default=None, repr=False)
    count: int = 1
    number: int | None = None


def timeline(cassette: Cassette, profile: ServiceProfile, *, joined: bool = True) -> Iterator[TimelineEntry]:
    """All entries in the order of their times; exchanges that overlap are interleaved.

    Args:
        cassette: The session.
        profile: Events of the service.
        joined: Join successive pieces of one text into one entry.
    """
    entries = [
        each for number, exchange in enumerate(cassette.exchanges) for each in _entries(number, exchange, profile)
    ]
    entries.sort(key=lambda each: each.at)
    yield from _joined(entries, profile) if joined else entries


def _entries(number: int, exchange: Exchange, profile: ServiceProfile) -> Iterator[TimelineEntry]:
    at, request, response = exchange.at, exchange.request, exchange.response
    method = exchange.method if isinstance(exchange, Call) else "upgrade"
    # Older recorders kept bodies with their content coding.
    content = content_of(request.headers, request.body.searched)
    body = request.body if content.coding is None else Body(data=content.data, file=request.body.file)
    yield _part(at, number, ">", "request", f"{method} {exchange.target}", request.headers, body)
    yield from _messages(number, at, [NamedMessage(line, data=line.data) for line in request.stream or ()])
    if response is not None:
        name = f"{response.status} {response.reason or ''}".rstrip()
        yield _part(at + response.after, number, "<", "answer", name, response.headers, response.body)
        yield from _messages(number, at, stream_messages(response, profile))
    aborted = exchange.aborted or (None if response is None else response.aborted)
    if aborted is not None:
        moment = at + aborted.after
        by = _SENDERS[aborted.by]
        yield TimelineEntry(at=moment, until=moment, exchange=number, direction=by, kind="aborted", name=aborted.how)
    if isinstance(exchange, SocketExchange):
        yield from _messages(number, at, messages_of(exchange, profile) if exchange.messages else ())


def _part(
    at: int, number: int, by: Direction, kind: Literal["request", "answer"], name: str, headers: Headers, body: Body
) -> TimelineEntry:
    return TimelineEntry(
        at=at,
        until=at,
        exchange=number,
        direction=by,
        kind=kind,
        name=name,
        headers=headers,
        data=body.shown,
        file=body.file if body.searched else None,
    )


def _messages(number: int, begun: int, messages: Iterable[NamedMessage]) -> Iterator[TimelineEntry]:
    for place, message in enumerate(messages):
        line = message.line
        yield TimelineEntry(
            at=begun + line.time,
            until=begun + line.time,
            exchange=number,
            direction=line.direction,
            kind=line.kind,
            name=message.name,
            data=message.data,
            file=line.file,
            code=line.code,
            id=message.id,
            number=place,
        )


def _joined(entries: Iterable[TimelineEntry], profile: ServiceProfile) -> Iterator[TimelineEntry]:
    previous: TimelineEntry | None = None
    for each in entries:
        entry = _with_text(each, profile)
        if previous is not None:
            if previous.text is not None and entry.text is not None and _goes_on(previous, entry):
                text = previous.text + entry.text
                previous = replace(previous, until=entry.at, text=text, count=previous.count + 1)
                continue
            yield previous
        previous = entry
    if previous is not None:
        yield previous


def _with_text(entry: TimelineEntry, profile: ServiceProfile) -> TimelineEntry:
    piece = profile.deltas.get(entry.name) if entry.kind == "text" else None
    value: object = parsed(entry.data) if piece is not None else None
    if piece is None or not isinstance(value, dict):
        return entry
    text = cast("Mapping[str, Any]", value).get(piece)
    return replace(entry, text=text) if isinstance(text, str) else entry


def _goes_on(before: TimelineEntry, after: TimelineEntry) -> bool:
    return (before.exchange, before.direction, before.name) == (after.exchange, after.direction, after.name)
