"""The cassette as values. Times are whole microseconds; headers are name/value pairs with names in lower case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import msgspec

Headers: TypeAlias = tuple[tuple[str, str], ...]
Direction: TypeAlias = Literal["<", ">", "!"]
"""The sender: ``<`` server, ``>`` client, ``!`` recorder."""
Kind: TypeAlias = Literal["text", "binary", "ping", "pong", "close", "eof", "reset", "cut"]
How: TypeAlias = Literal["eof", "reset", "timeout"]
UPSTREAM_NAME: Final = r"[a-z][a-z0-9_]{0,40}"
"""Pattern of a further upstream's name."""
Cause: TypeAlias = Literal["request-line", "headers", "status", "messages", "time", "too-large", "too-much", "other"]
"""Why an exchange was left out; docs/recovery.md explains each cause."""


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """A body's bytes. The format's rules decide how they are written: as json, text, base64 or file.

    Attributes:
        data: The bytes, without content coding.
        file: Name of its side file, if it has one; the writer chooses a name for a body above 64 KiB.
    """

    data: bytes = b""
    file: str | None = None

    @property
    def searched(self) -> bytes:
        """The bytes that are searched for values; empty for a body that stays on the disk, as it is larger than
        `Limits.side_file_bytes`.
        """
        return self.data

    @property
    def shown(self) -> bytes:
        """The bytes that people see; of a body that stays on the disk a text that tells its size and hash."""
        return self.data

    # Written out, since a large body on the disk (`harness.cassette.payloads.StoredBody`) equals one in memory.
    def __eq__(self, other: object) -> bool:
        return isinstance(other, Body) and self.file == other.file and self.data == other.data

    def __hash__(self) -> int:
        return hash((self.data, self.file))

    def holding(self, data: bytes) -> Body:
        """The body with other content, kept where this one is: in memory or on the disk."""
        return Body(data=data, file=self.file)

    def unnamed(self) -> Body:
        """The body without the name of a side file."""
        return Body(data=self.data)


class Line(msgspec.Struct, frozen=True, gc=False):
    """One line of a transcript: a message, or an end.

    Attributes:
        direction: Sender: ``<`` server, ``>`` client, ``!`` recorder.
        time: Microseconds after the exchange's ``at``; never decreases within a transcript.
        kind: Type of the message or end. ``close``, ``eof``, ``reset`` and ``cut`` are ends.
        data: Payload of a message, or the reason of a close (UTF-8); empty for other ends.
        code: Status code of a close; None if it had none.
        frames: Payload sizes of the frames of a fragmented message; else empty.
        file: Name of the side file that holds the payload; None for an inline payload.
    """

    direction: Direction
    time: int
    kind: Kind
    data: bytes = b""
    code: int | None = None
    frames: tuple[int, ...] = ()
    file: str | None = None


class RequestPart(msgspec.Struct, frozen=True, kw_only=True):
    """The client's request. A streamed upload has ``stream``, the client's lines, instead of ``body``.

    Attributes:
        decoded: Content coding that was taken off, e.g. ``gzip``.
    """

    headers: Headers = ()
    body: Body = Body()
    stream: tuple[Line, ...] | None = None
    decoded: str | None = None


class ResponsePart(msgspec.Struct, frozen=True, kw_only=True):
    """The server's response.

    Attributes:
        status: 101 for an accepted socket.
        after: Microseconds from the exchange's ``at`` to the first byte.
        reason: The reason phrase, if it is not the standard one.
        decoded: Content coding that was taken off, e.g. ``br``.
        stream: The lines of a streamed body, instead of ``body``.
        aborted: How ``body`` broke off; None for a whole one. A stream has its end among its lines.
    """

    status: int
    after: int = 0
    reason: str | None = None
    headers: Headers = ()
    body: Body = Body()
    stream: tuple[Line, ...] | None = None
    trailers: Headers = ()
    aborted: Aborted | None = None
    decoded: str | None = None


class Aborted(msgspec.Struct, frozen=True, kw_only=True):
    """The exchange ended without a response, or in the middle of its body.

    Attributes:
        by: The side that ended it.
        after: Microseconds after the exchange's ``at``.
        how: ``eof`` (FIN), ``reset`` (RST), or ``timeout``.
    """

    by: Literal["client", "server", "recorder"]
    after: int = 0
    how: How = "eof"


def whole_body(part: RequestPart | ResponsePart) -> bytes:
    """The body of a request or response, streamed or not."""
    return part.body.data if part.stream is None else b"".join(line.data for line in part.stream)


def searched_body(part: RequestPart | ResponsePart) -> bytes:
    """The same, as far as it is searched for values; see `Body.searched`."""
    return part.body.searched if part.stream is None else b"".join(line.data for line in part.stream)


class Call(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="call"):
    """One HTTP request and its outcome: exactly one of ``response`` and ``aborted``.

    Attributes:
        method: As sent; methods are case-sensitive (RFC 9110 §9.1).
        target: Path and query at the origin of ``recorded.from``; an absolute URL at another origin.
        at: When the request's first byte was received, microseconds after the session began.
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
    """How, when and from where a cassette was recorded.

    Attributes:
        at: UTC, ``2026-11-23T05:00:00Z``.
        by: ``relay``, ``hand``, ``har`` ..
        client: The client, e.g. ``curl_cffi 0.16.3 (chrome)``.
        origin: Origin of the service that responded (key ``from``); ``fake:2026`` and the like for the fake. Nothing
            ever connects to it.
        upstreams: Name -> origin of further services of the session. Exchanges with them have absolute targets.
        complete: False if the recording was cut.
    """

    at: str
    by: str
    client: str = ""
    origin: str = ""
    upstreams: Mapping[str, str] = {}
    complete: bool = True


class LeftOut(msgspec.Struct, frozen=True, kw_only=True):
    """An exchange that was recorded, but that the format cannot express.

    Attributes:
        exchange: Method and target, or ``socket`` and target: ASCII, other characters escaped, at most 200.
        at: As `Call.at`; 0 if the time itself cannot be expressed.
        cause: Why it was left out.
    """

    exchange: str
    at: int
    cause: Cause


class Cassette(msgspec.Struct, frozen=True, kw_only=True):
    """A session: its exchanges, ordered by ``at``.

    Attributes:
        redacted: Labels of the secrets that were replaced.
        left_out: Recorded exchanges that the format cannot express.
        order: What a socket waits for in a replay: ``exchange`` (its own messages) or ``session`` (all earlier ones).
        ignore: Places whose values a replay does not compare (``query.t``).
        bind: Places at which a replay accepts any value, and binds it to the recorded one (``json.id``).
        match_on: The parts of a request that must be equal in a replay; empty for the default.
        meta: Free for the user; the only mapping with arbitrary keys.
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
    """Upper bounds; a cassette beyond one of them is refused with a `LimitError`.

    Attributes:
        file_bytes: Size of the YAML file.
        depth: Nested mappings and sequences.
        nodes: Scalars and collections of the YAML file together (a transcript is one scalar).
        exchanges: Exchanges of a cassette.
        lines: Lines of all its transcripts together.
        side_file_bytes: Size of one side file that is read into memory; a larger one stays on the disk.
        payload_bytes: All side files that are read into memory together, each counted as often as it is named.
        large_file_bytes: Size of one side file.
        large_bytes: All side files together that stay on the disk, counted likewise.
    """

    file_bytes: int = 64 * 1024 * 1024
    depth: int = 40
    nodes: int = 2_000_000
    exchanges: int = 100_000
    lines: int = 1_000_000
    side_file_bytes: int = 64 * 1024 * 1024
    payload_bytes: int = 256 * 1024 * 1024
    large_file_bytes: int = 1024 * 1024 * 1024
    large_bytes: int = 2 * 1024 * 1024 * 1024


LIMITS: Final = Limits()
"""The default limits."""
