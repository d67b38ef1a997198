"""An entry of a HAR as what a recorder on the wire would have observed."""

from __future__ import annotations

from collections.abc import Iterator

from harness.cassette.model import Direction
from harness.content_coding import content_of
from harness.har.entry import Entry
from harness.har.messages import Message
from harness.record.browser_errors import ended_by
from harness.record.events import (
    BodyEnd,
    ExchangeAborted,
    MessagePassed,
    Observation,
    Piece,
    RequestBegan,
    RequestBody,
    ResponseBegan,
    ResponseEnded,
    ResponsePieces,
    SocketEnded,
)


def observations(entry: Entry, *, exchange: int, zero: int) -> Iterator[Observation]:
    """What would have been observed of it.

    Args:
        exchange: Its number in the session.
        zero: When the session began, microseconds since 1970.
    """
    at = max(0, entry.at - zero)
    yield RequestBegan(
        exchange=exchange,
        at=at,
        method=entry.method,
        target=entry.target,
        headers=entry.request_headers,
        upgrade=entry.upgrade,
    )
    if entry.request_body:
        content = content_of(entry.request_headers, entry.request_body)
        yield RequestBody(exchange=exchange, at=at, data=content.data, decoded=content.coding)
    if not entry.status:
        by, how = ended_by(entry.error)
        yield ExchangeAborted(exchange=exchange, at=at + entry.spans.end, by=by, how=how)
    elif entry.status == 101:
        yield from _socket(entry, exchange, at, zero)
    else:
        yield from _answer(entry, exchange, at)


def _answer(entry: Entry, exchange: int, at: int) -> Iterator[Observation]:
    yield ResponseBegan(
        exchange=exchange, at=at + entry.spans.head, status=entry.status, reason=entry.reason, headers=entry.headers
    )
    end = at + entry.spans.end
    if entry.body:
        yield ResponsePieces(exchange=exchange, at=end, pieces=(Piece(end, entry.body),))
    kind, side = _body_end(entry)
    yield ResponseEnded(exchange=exchange, at=end, kind=kind, by=side)


def _body_end(entry: Entry) -> tuple[BodyEnd, Direction]:
    """How the body ended: whole unless the exporter says that something broke. Then it is never whole."""
    if not entry.error or entry.upgrade:
        return "whole", "<"
    by, how = ended_by(entry.error)
    if by == "recorder":
        return "cut", "!"
    return "reset" if how == "reset" else "eof", "<" if by == "server" else ">"


def _socket(entry: Entry, exchange: int, at: int, zero: int) -> Iterator[Observation]:
    messages = entry.messages or ()
    # Some exporters count the wait until the first message as the handshake's.
    told = [one.at - zero for one in messages if one.at is not None]
    head = max(at, min([at + (entry.spans.head if entry.spans.known else 0), *told]))
    yield ResponseBegan(exchange=exchange, at=head, status=101, reason=entry.reason, headers=entry.headers)
    time = head
    for one in messages:
        time = max(time, time if one.at is None else one.at - zero)
        yield _message(one, exchange, time)
    if not any(one.kind in {"close", "eof"} for one in messages):
        yield SocketEnded(exchange=exchange, at=max(time, at + entry.spans.end), direction="!", kind="cut")


def _message(one: Message, exchange: int, at: int) -> Observation:
    if one.kind == "close" or one.kind == "eof":  # noqa: PLR1714  # narrows
        return SocketEnded(
            exchange=exchange, at=at, direction=one.direction, kind=one.kind, code=one.code, reason=one.data
        )
    assert one.kind != "reset" and one.kind != "cut"  # noqa: PT018, PLR1714  # narrows
    return MessagePassed(exchange=exchange, at=at, direction=one.direction, kind=one.kind, data=one.data)
