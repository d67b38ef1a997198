"""The events of one exchange, assembled into an exchange of a cassette."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final, Literal, TypeVar

import msgspec

from harness.cassette.model import (
    Aborted,
    Body,
    Call,
    Direction,
    Exchange,
    Headers,
    Line,
    RequestPart,
    ResponsePart,
    SocketExchange,
)
from harness.cassette.payloads import MAX_INLINE_BYTES, Payload, body_of
from harness.framing.event_streams import has_units, in_units, is_event_stream, media_type_of
from harness.headers import decoded_from, kept_headers
from harness.record.events import (
    Event,
    ExchangeAborted,
    MessagePassed,
    Piece,
    RequestBegan,
    RequestBody,
    ResponseBegan,
    ResponseEnded,
    ResponsePieces,
    SocketEnded,
    whole_pieces,
)
from harness.record.large_bodies import LargeBodies

LARGE_DOWNLOAD: Final = 1 << 20
"""Bytes from which on a stream of anything but events, lines or parts is recorded in few large pieces."""
LARGE_STREAM: Final = 16 << 20
"""The same for a stream of lines or parts."""
_GATHERED: Final = 4 << 20

_RENAMED: Final = {
    413: "Content Too Large",
    414: "URI Too Long",
    416: "Range Not Satisfiable",
    422: "Unprocessable Content",
}
"""The phrases of RFC 9110 §15, which Python has from 3.13 on. Cassettes must not depend on the Python version."""
_NO_BODY: Final = frozenset({204, 304})
_MEASURED: Final = frozenset({304})
"""Statuses without a body whose ``Content-Length`` describes another response's body, as in a response to HEAD."""
_ENDERS: Final[dict[Direction, Literal["client", "server", "recorder"]]] = {
    "<": "server",
    ">": "client",
    "!": "recorder",
}
_T = TypeVar("_T", bound=Event)
_NONE: Final = LargeBodies()


@dataclass(frozen=True, slots=True)
class Assembled:
    """An exchange made of its recorded events, and whether the events include its end."""

    exchange: Exchange = field(repr=False)
    complete: bool


def assemble(log: Sequence[Event], *, now: int, stream_after: int, large: LargeBodies = _NONE) -> Assembled:
    """Assemble one exchange.

    Args:
        log: Its events, in order; the first is the `RequestBegan`.
        now: When the session ended, microseconds since it began; an open exchange is cut at that time.
        stream_after: Microseconds; see `harness.record.recorder.STREAM_AFTER`.
        large: The bodies that are too large for the events to hold them.
    """
    began = log[0]
    assert isinstance(began, RequestBegan)
    aborted = _only(log, ExchangeAborted)
    request = _request(began, [one for one in log if isinstance(one, RequestBody)], large.sent)
    head = _only(log, ResponseBegan)
    end: Aborted | None = None
    if head is None:
        end = (
            Aborted(by=aborted.by, after=aborted.at - began.at, how=aborted.how)
            if aborted
            else Aborted(by="recorder", after=max(0, now - began.at))
        )
    if began.upgrade:
        return _socket(began, request, head, end, log, now, stream_after)
    response, complete = (None, end is not None and end.by != "recorder")
    if head is not None and large.received is not None:
        response, complete = _large_response(began, head, log, now, large.received)
    elif head is not None:
        response, complete = _response(began, head, log, now, stream_after)
    call = Call(method=began.method, target=began.target, at=began.at, request=request, response=response, aborted=end)
    return Assembled(call, complete)


def _request(began: RequestBegan, sent: Sequence[RequestBody], large: Payload | None) -> RequestPart:
    decoded = sent[0].decoded if sent else None
    return RequestPart(
        headers=kept_headers(began.headers, upgrade=began.upgrade, decoded=decoded is not None),
        body=body_of(b"".join(one.data for one in sent) if large is None else large),
        decoded=decoded,
    )


def _only(log: Iterable[Event], kind: type[_T]) -> _T | None:
    return next((one for one in log if isinstance(one, kind)), None)


def _decoded(began: RequestBegan, head: ResponseBegan) -> str | None:
    """The content coding, such as ``gzip``, without which the body was recorded; None without a body or a coding."""
    bodiless = began.method == "HEAD" or head.status in _NO_BODY
    return None if bodiless or head.coded else decoded_from(head.headers)


def _head(began: RequestBegan, head: ResponseBegan, decoded: str | None) -> ResponsePart:
    return ResponsePart(
        status=head.status,
        after=head.at - began.at,
        reason=head.reason if head.reason and head.reason != _standard_phrase(head.status) else None,
        headers=kept_headers(
            head.headers,
            upgrade=began.upgrade,
            decoded=decoded is not None,
            measures=began.method == "HEAD" or head.status in _MEASURED,
        ),
        decoded=decoded,
    )


def _standard_phrase(status: int) -> str:
    """The reason phrase that a server sends for a status without one in the cassette; empty if none is standard."""
    try:
        return _RENAMED.get(status) or HTTPStatus(status).phrase
    except ValueError:
        return ""


def _with(part: ResponsePart, *, body: bytes, stream: tuple[Line, ...] | None, trailers: Headers) -> ResponsePart:
    return ResponsePart(
        status=part.status,
        after=part.after,
        reason=part.reason,
        headers=part.headers,
        decoded=part.decoded,
        body=Body(data=body),
        stream=stream,
        trailers=trailers,
    )


def _response(
    began: RequestBegan, head: ResponseBegan, log: Sequence[Event], now: int, stream_after: int
) -> tuple[ResponsePart, bool]:
    part = _head(began, head, _decoded(began, head))
    pieces = whole_pieces(one for one in log if isinstance(one, ResponsePieces))
    end = _only(log, ResponseEnded)
    whole = end is not None and end.kind == "whole"
    trailers = end.trailers if end else ()
    if whole and not _is_streamed(head.headers, pieces, stream_after):
        return _with(part, body=b"".join(piece.data for piece in pieces), stream=None, trailers=trailers), True
    lines = list(_stream_lines(media_type_of(head.headers), began.at, pieces))
    if end is None:
        lines.append(Line("!", max([now - began.at, part.after, *(line.time for line in lines)]), "cut"))
    elif end.kind != "whole":
        lines.append(Line(end.by, end.at - began.at, end.kind))
    cut = end is None or end.kind == "cut"
    return _with(part, body=b"", stream=tuple(lines), trailers=trailers), not cut


def _large_response(
    began: RequestBegan, head: ResponseBegan, log: Sequence[Event], now: int, body: Payload
) -> tuple[ResponsePart, bool]:
    """The response with a body that stays on the disk, whole or broken off."""
    part = _head(began, head, _decoded(began, head))
    end = _only(log, ResponseEnded)
    part = msgspec.structs.replace(part, body=body_of(body), trailers=() if end is None else end.trailers)
    if end is not None and end.kind == "whole":
        return part, True
    is_cut = end is None or end.kind == "cut"
    aborted = Aborted(
        by="recorder" if end is None else _ENDERS[end.by],
        after=max(part.after, (now if end is None else end.at) - began.at),
        how="reset" if end is not None and end.kind == "reset" else "eof",
    )
    return msgspec.structs.replace(part, aborted=aborted), not is_cut


def _stream_lines(kind: str, began: int, pieces: Sequence[Piece]) -> Sequence[Line]:
    """The lines of a streamed body: a line for each event, line or part, where its type has such; else its pieces."""
    if sum(len(piece.data) for piece in pieces) >= _most_in_units(kind):
        pieces = tuple(_gathered(pieces))
        kind = ""
    return in_units(kind, [Line("<", piece.at - began, "text", piece.data) for piece in pieces])


def _gathered(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """The pieces of a large download, joined, so that they go to side files: as single lines they would exceed the
    limits of a YAML file.
    """
    parts: list[bytes] = []
    held = 0
    for piece in pieces:
        parts.append(piece.data)
        held += len(piece.data)
        if held >= _GATHERED:
            yield Piece(piece.at, b"".join(parts))
            parts, held = [], 0
    if held:
        yield Piece(pieces[-1].at, b"".join(parts))


def most_inline(headers: Headers) -> float:
    """Greatest size in bytes of a response's body whose pieces may be lines of the cassette's YAML, not side files."""
    kind = media_type_of(headers)
    if _first(headers, "content-length") and not is_event_stream(kind):
        return MAX_INLINE_BYTES
    return _most_in_units(kind)


def _most_in_units(kind: str) -> float:
    """Size in bytes from which a body of this type is recorded in large pieces, and not event by event."""
    if is_event_stream(kind):
        return float("inf")
    return LARGE_STREAM if has_units(kind) else LARGE_DOWNLOAD


def _first(headers: Headers, name: str) -> str:
    return next((value for key, value in headers if key == name), "")


def _is_streamed(headers: Headers, pieces: Sequence[Piece], stream_after: int) -> bool:
    kind = media_type_of(headers)
    if not pieces or is_event_stream(kind):
        return bool(pieces)
    if _first(headers, "content-length"):
        return False
    size = sum(len(piece.data) for piece in pieces)
    return pieces[-1].at - pieces[0].at > stream_after or (has_units(kind) and size < LARGE_DOWNLOAD)


def _socket(
    began: RequestBegan,
    request: RequestPart,
    head: ResponseBegan | None,
    aborted: Aborted | None,
    log: Sequence[Event],
    now: int,
    stream_after: int,
) -> Assembled:
    messages: tuple[Line, ...] = ()
    response, complete = None, aborted is not None and aborted.by != "recorder"
    if head is not None and head.status == HTTPStatus.SWITCHING_PROTOCOLS:
        response = _head(began, head, None)
        messages = tuple(_lines(log, began.at))
        if not any(line.kind in {"close", "eof", "reset", "cut"} for line in messages):
            last = max([now - began.at, response.after, *(line.time for line in messages[-1:])])
            messages += (Line("!", last, "cut"),)
        complete = not any(line.kind == "cut" for line in messages)
    elif head is not None:
        response, complete = _response(began, head, log, now, stream_after)
    socket = SocketExchange(
        target=began.target, at=began.at, request=request, response=response, aborted=aborted, messages=messages
    )
    return Assembled(socket, complete)


def _lines(log: Iterable[Event], began: int) -> Iterable[Line]:
    for one in log:
        if isinstance(one, MessagePassed):
            yield Line(one.direction, one.at - began, one.kind, one.data, None, one.frames)
        elif isinstance(one, SocketEnded):
            yield Line(one.direction, one.at - began, one.kind, one.reason, one.code)
