"""A redaction pass over the values of a cassette."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import groupby
from typing import Final, NamedTuple

import msgspec

from harness.cassette.model import Body, Call, Cassette, Exchange, Line, RequestPart, ResponsePart, SocketExchange
from harness.content_coding import content_of, is_coded, without_coding
from harness.edits import Edit, apply
from harness.heartbeat_looks import PLAIN_HEARTBEATS
from harness.profile import ServiceProfile, plain_name
from harness.redact.detect.hits import Lookup
from harness.redact.detect.json_fields import json_hits
from harness.redact.engine import Redactor
from harness.redact.search import RedactionPass, redact_pieces

MAX_REASON_BYTES: Final = 123
"""Bytes of a close frame's reason beside its code (RFC 6455 §5.5)."""
_MAX_ROUNDS: Final = 20
_PATH: Final = re.compile(r"(?:https?://[^/?#]*)?([^?#]*)")
"""The path of a target, which need not be a URL that `urlsplit` accepts."""


def close_reason(redaction: RedactionPass, reason: bytes) -> bytes:
    """A close frame's reason, redacted. Cut between characters if placeholders make it too long."""
    return redaction.data(reason).data[:MAX_REASON_BYTES].decode("utf-8", "ignore").encode()


def message_line(redaction: RedactionPass, line: Line) -> Line:
    """One line of a socket's transcript, redacted."""
    if line.kind == "close":
        return msgspec.structs.replace(line, data=close_reason(redaction, line.data))
    if not line.data:
        return line
    replaced = redaction.data(line.data)
    if not replaced.edits:
        return line
    return msgspec.structs.replace(line, data=replaced.data, frames=replaced.frame_sizes(line.frames))


def stream_lines(redaction: RedactionPass, lines: tuple[Line, ...] | None) -> tuple[Line, ...] | None:
    """The lines of a streamed body, redacted together, since a secret may span several of them."""
    if lines is None:
        return None
    pieces = redact_pieces(redaction, [line.data for line in lines])
    return tuple(msgspec.structs.replace(line, data=piece) for line, piece in zip(lines, pieces, strict=True))


def _body(redaction: RedactionPass, body: Body) -> Body:
    """A body, redacted; the same object if nothing was replaced, so that one on the disk is not written again."""
    # Of a body that stays on the disk the recorder has redacted line by line, and looks once more before it is written.
    replaced = redaction.data(body.searched)
    return body.holding(replaced.data) if replaced.edits else body


def _request(redaction: RedactionPass, part: RequestPart) -> RequestPart:
    part = _uncoded(redaction, part)
    return msgspec.structs.replace(
        part,
        headers=redaction.headers(part.headers),
        body=_body(redaction, part.body),
        stream=stream_lines(redaction, part.stream),
    )


def _uncoded(redaction: RedactionPass, part: RequestPart) -> RequestPart:
    """The request with its body decoded (gzip etc.), if the decoded body holds a secret; else the request as it is.

    Older recorders kept bodies as sent, so that a search of the encoded bytes finds no secret.
    """
    if not is_coded(part.headers):
        return part
    content = content_of(part.headers, part.body.searched)
    if content.coding is None or not redaction.data(content.data).edits:
        return part
    # The side file's name goes, too: its suffix may name a coding that the content no longer has.
    headers, body = without_coding(part.headers), part.body.unnamed().holding(content.data)
    return msgspec.structs.replace(part, headers=headers, body=body, decoded=content.coding)


def contents_of_coded(cassette: Cassette) -> Iterator[tuple[int, bytes]]:
    """Number of each exchange whose request body was kept with its content coding, and the decoded body."""
    for number, exchange in enumerate(cassette.exchanges):
        part = exchange.request
        if is_coded(part.headers) and part.body.searched:
            content = content_of(part.headers, part.body.searched)
            if content.coding is not None:
                yield number, content.data


def _response(redaction: RedactionPass, part: ResponsePart | None) -> ResponsePart | None:
    if part is None:
        return None
    return msgspec.structs.replace(
        part,
        reason=None if part.reason is None else redaction.text(part.reason),
        headers=redaction.headers(part.headers),
        body=_body(redaction, part.body),
        stream=stream_lines(redaction, part.stream),
        trailers=redaction.headers(part.trailers),
    )


def redact_exchange(redaction: RedactionPass, exchange: Exchange) -> Exchange:
    """One exchange, redacted."""
    changes: dict[str, object] = {
        "target": redaction.text(exchange.target),
        "request": _request(redaction, exchange.request),
        "response": _response(redaction, exchange.response),
    }
    if isinstance(exchange, Call):
        return msgspec.structs.replace(exchange, **changes)
    lines = tuple(message_line(redaction, line) for line in exchange.messages)
    return msgspec.structs.replace(exchange, **changes, messages=lines)


def _whole(redactor: Redactor, exchange: Exchange) -> Exchange:
    """Redact what only a whole exchange shows: secrets that span messages, and the user's personal data."""
    if not isinstance(exchange, Call):
        return msgspec.structs.replace(exchange, messages=redact_across(redactor, exchange.messages))
    path = _PATH.match(exchange.target)
    names = redactor.profile.account_fields.get(path.group(1)) if path else None
    if not names or exchange.response is None:
        return exchange
    body = exchange.response.body
    replaced = redactor.fields(body.searched, {plain_name(name): kind for name, kind in names.items()})
    if not replaced.edits:
        return exchange
    response = msgspec.structs.replace(exchange.response, body=body.holding(replaced.data))
    return msgspec.structs.replace(exchange, response=response)


def redact_cassette(redactor: Redactor, cassette: Cassette) -> Cassette:
    """A whole cassette, redacted, in whatever order its secrets first appear; ``redacted`` lists their labels.

    ``meta`` belongs to the user and stays unchanged; the scan of the finished bytes covers it.
    """
    exchanges = cassette.exchanges
    for _ in range(_MAX_ROUNDS):
        before = redactor.generation
        exchanges = tuple(_whole(redactor, redact_exchange(redactor, exchange)) for exchange in exchanges)
        if redactor.generation == before:
            break
    labels = tuple(sorted({*cassette.redacted, *redactor.labels}))
    return msgspec.structs.replace(cassette, exchanges=exchanges, redacted=labels)


# ---------------------------------------------------------------- secrets across messages
_CARRYING: Final = frozenset({"text", "binary"})


class MessagePiece(NamedTuple):
    """A part of a message: ``lines[number].data[start:end]``."""

    number: int
    start: int
    end: int


def runs(lines: Sequence[Line], profile: ServiceProfile) -> Iterator[tuple[MessagePiece, ...]]:
    """Pieces that form one text, two or more at a time.

    Two kinds: the texts of an event in `ServiceProfile.deltas`, per direction, over the whole socket; and consecutive
    messages of one direction that are not complete JSON documents. Heartbeats between messages belong to none of
    them: as part of a run they would lengthen a value at the end of a message, and be redacted with it.
    """
    for direction in "<>":
        mine = [(i, line) for i, line in enumerate(lines) if line.direction == direction and _carries(line)]
        deltas = defaultdict[str, list[MessagePiece]](list)
        for index, line in mine:
            if (found := _delta(line, profile)) is not None:
                event, start, end = found
                deltas[event].append(MessagePiece(index, start, end))
        yield from (tuple(pieces) for pieces in deltas.values() if len(pieces) > 1)
        for whole, together in groupby(mine, lambda one: _is_whole(one[1].data)):
            pieces = () if whole else tuple(MessagePiece(index, 0, len(line.data)) for index, line in together)
            if len(pieces) > 1:
                yield pieces


def _carries(line: Line) -> bool:
    """Whether a line can hold a part of a secret; white space alone stays, as it separates what surrounds it."""
    return line.kind in _CARRYING and not (line.data in PLAIN_HEARTBEATS and line.data.strip())


def _delta(line: Line, profile: ServiceProfile) -> tuple[str, int, int] | None:
    if line.kind != "text" or not profile.deltas:
        return None
    event = profile.event_name(line.data)
    name = profile.deltas.get(event or "")
    if event is None or name is None:
        return None
    span = only_text_named(line.data, name)
    return None if span is None else (event, *span)


def only_text_named(data: bytes, name: str) -> tuple[int, int] | None:
    """Start and end of the text that JSON has under this name; None if it has no text there, or more than one."""
    # Without escapes a key is what it looks like, and one quick search finds it: nearly all messages of a stream.
    if b"\\" not in data:
        key = _key_named(name)
        found = key.search(data)
        text = None if found is None or key.search(data, found.end()) else _PLAIN_TEXT.match(data, found.end())
        if text is not None:
            return text.span(1)
    hits = list(json_hits(data, _texts_named(name)))
    return (hits[0].start, hits[0].end) if len(hits) == 1 else None


_PLAIN_TEXT: Final = re.compile(rb'"([^"\x1e]+)')


@lru_cache(64)
def _key_named(name: str) -> re.Pattern[bytes]:
    """A key of a plain name, in every spelling of at most 80 bytes; see `harness.profile.plain_name`."""
    # "K" for the sign of Kelvin, whose lower case is a k.
    letters = [b"(?:k|\xe2\x84\xaa)" if each == "k" else re.escape(each.encode()) for each in plain_name(name)]
    # The first letter before the length: it rules out most quotes at once.
    first = rb"(?=[-_]*%b)" % letters[0] if letters else b""
    return re.compile(rb'"%b(?=[^"]{1,80}")[-_]*%b[-_]*"\s*:\s*' % (first, rb"[-_]*".join(letters)), re.IGNORECASE)


@lru_cache(64)
def _texts_named(name: str) -> Lookup:
    # Kept, since a lookup remembers the names that it has seen: all messages of an event have the same ones.
    return Lookup({plain_name(name): "text"})


def _is_whole(data: bytes) -> bool:
    return data[:1] + data[-1:] in {b"{}", b"[]"}


def joined(lines: Sequence[Line], pieces: Sequence[MessagePiece]) -> bytes:
    """Join pieces of messages into one text; each piece is a range of the data of one of the lines."""
    return b"".join(lines[piece.number].data[piece.start : piece.end] for piece in pieces)


def redact_across(redactor: Redactor, lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """The same messages, with the secrets that span several of them redacted."""
    changed = list(lines)
    for pieces in list(runs(lines, redactor.profile)):
        replaced = redactor.data(joined(lines, pieces))
        if not replaced.edits:
            continue
        texts = replaced.cut([piece.end - piece.start for piece in pieces])
        for piece, text in zip(pieces, texts, strict=True):
            changed[piece.number] = _with(lines[piece.number], piece, text)
    return tuple(changed)


def _with(line: Line, piece: MessagePiece, text: bytes) -> Line:
    if line.data[piece.start : piece.end] == text:
        return line
    replaced = apply(line.data, [Edit(piece.start, piece.end, text)])
    return msgspec.structs.replace(line, data=replaced.data, frames=replaced.frame_sizes(line.frames))


def texts_across(cassette: Cassette, profile: ServiceProfile) -> Iterator[tuple[int, bytes]]:
    """Number of an exchange, and a text that spans its messages, for the scan of what the bytes alone do not show."""
    for number, exchange in enumerate(cassette.exchanges):
        if isinstance(exchange, SocketExchange):
            for pieces in runs(exchange.messages, profile):
                yield number, joined(exchange.messages, pieces)
