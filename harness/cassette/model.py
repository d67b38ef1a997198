"""The cassette as values. Times are whole microseconds; headers are name/value pairs with names in lower case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import msgspec

Headers: TypeAlias = tuple[tuple[str, str], ...]
Direction: TypeAlias = Literal["<", ">", "!"]
"""``<`` from the server, ``>`` from the client, ``!`` the recorder's own."""
Kind: TypeAlias = Literal["text", "binary", "ping", "pong", "close", "eof", "reset", "cut"]
How: TypeAlias = Literal["eof", "reset", "timeout"]
Cause: TypeAlias = Literal["request-line", "headers", "status", "messages", "time", "too-large", "too-much", "other"]
"""Why an exchange was left out; docs/recovery.md says what each means."""


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """A body's bytes. How they are written (json, text, base64, file) follows from them, by the format's rules.

    Attributes:
        data: The bytes, content coding taken off.
        file: Name of its side file if it is kept beside the cassette; the writer chooses one above 64 KiB.
    """

    data: bytes = b""
    file: str | None = None


class Line(msgspec.Struct, frozen=True, gc=False):
    """One line of a transcript: a message, or an end.

    Attributes:
        direction: Who.
        time: Microseconds after the exchange's ``at``; never decreases within a transcript.
        kind: What. ``close``, ``eof``, ``reset`` and ``cut`` are ends.
        data: Payload of a message, or the reason of a close (UTF-8); empty for other ends.
        code: Code of a close, if it had one.
        frames: Payload sizes of the frames where it was fragmented; else empty.
        file: Side file that holds the payload, or None.
    """

    direction: Direction
    time: int
    kind: Kind
    data: bytes = b""
    code: int | None = None
    frames: tuple[int, ...] = ()
    file: str | None = None


class RequestPart(msgspec.Struct, frozen=True, kw_only=True):
    """What the client sent. ``stream`` (lines from the client) stands in place of ``body`` for a streamed upload.

    Attributes:
        decoded: Content coding that was taken off, e.g. ``gzip``.
    """

    headers: Headers = ()
    body: Body = Body()
    stream: tuple[Line, ...] | None = None
    decoded: str | None = None


class ResponsePart(msgspec.Struct, frozen=True, kw_only=True):
    """What the server answered.

    Attributes:
        status: 101 for an accepted socket.
        after: Microseconds from the exchange's ``at`` to the first byte.
        reason: Only where it is not the standard phrase.
        decoded: Content coding that was taken off, e.g. ``br``.
        stream: A streamed body's lines, in place of ``body``.
    """

    status: int
    after: int = 0
    reason: str | None = None
    headers: Headers = ()
    body: Body = Body()
    stream: tuple[Line, ...] | None = None
    trailers: Headers = ()
    decoded: str | None = None


class Aborted(msgspec.Struct, frozen=True, kw_only=True):
    """The exchange ended without a response.

    Attributes:
        by: Who ended it.
        after: Microseconds after ``at``.
        how: FIN, RST, or patience.
    """

    by: Literal["client", "server", "recorder"]
    after: int = 0
    how: How = "eof"


class Call(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="call"):
    """One HTTP request and what came back: exactly one of ``response`` and ``aborted``.

    Attributes:
        method: As sent: RFC 9110 §9.1 tells `patch` from `PATCH`.
        target: Path and query at the origin of ``recorded.from``; an absolute URL at another origin.
        at: Microseconds after the session began, when the request's first byte came.
    """

    method: str
    target: str
    at: int = 0
    request: RequestPart = RequestPart()
    response: ResponsePart | None = None
    aborted: Aborted | None = None


class SocketExchange(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="socket"):
    """One WebSocket: its upgrade, and its messages if that was accepted (status 101)."""

    target: str
    at: int = 0
    request: RequestPart = RequestPart()
    response: ResponsePart | None = None
    aborted: Aborted | None = None
    messages: tuple[Line, ...] = ()


Exchange: TypeAlias = Call | SocketExchange


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """Where a cassette comes from; always stated, and never more than is true.

    Attributes:
        at: UTC, ``2026-11-23T05:00:00Z``.
        by: ``relay``, ``hand``, ``har`` ..
        client: What spoke, e.g. ``curl_cffi 0.16.3 (chrome)``.
        origin: Origin of the service that answered (key ``from``); for the fake ``fake:2026`` and the like,
            never an upstream to be called.
        complete: False if the recording was cut.
    """

    at: str
    by: str
    client: str = ""
    origin: str = ""
    complete: bool = True


class LeftOut(msgspec.Struct, frozen=True, kw_only=True):
    """An exchange that was seen, and that the format cannot say.

    Attributes:
        exchange: Method and target, or ``socket`` and target: ASCII, other characters escaped, at most 200.
        at: As of an exchange; 0 if that is what cannot be said.
        cause: Why.
    """

    exchange: str
    at: int
    cause: Cause


class Cassette(msgspec.Struct, frozen=True, kw_only=True):
    """A session: its exchanges, ordered by ``at``.

    Attributes:
        redacted: Kinds of secrets that were replaced.
        left_out: What was seen, and is not among the exchanges.
        order: ``exchange`` (each socket waits for its own messages only) or ``session`` (for all earlier ones).
        ignore: Places whose values count for nothing in a replay (``query.t``).
        bind: Places at which any value of a replay stands for the recorded one (``json.id``).
        match_on: What has to be equal in a replay; empty for the default.
        meta: Free for the user; the only open place.
    """

    recorded: Recorded
    exchanges: tuple[Exchange, ...] = ()
    redacted: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    order: Literal["exchange", "session"] = "exchange"
    ignore: tuple[str, ...] = ()
    bind: tuple[str, ...] = ()
    match_on: tuple[str, ...] = ()
    meta: Mapping[str, object] = {}


# ---------------------------------------------------------------- limits of an untrusted file
@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Upper bounds; what goes beyond one is refused with a `LimitError`.

    Attributes:
        file_bytes: Size of the YAML file.
        depth: Nested mappings and sequences.
        nodes: Scalars and collections of the YAML file together (a transcript is one scalar).
        exchanges: Exchanges of a cassette.
        lines: Lines of all its transcripts together.
        side_file_bytes: Size of one side file.
        payload_bytes: All side files as often as they are named, together.
    """

    file_bytes: int = 64 * 1024 * 1024
    depth: int = 40
    nodes: int = 2_000_000
    exchanges: int = 100_000
    lines: int = 1_000_000
    side_file_bytes: int = 64 * 1024 * 1024
    payload_bytes: int = 256 * 1024 * 1024


LIMITS: Final = Limits()
"""The ones that count unless others are given."""
