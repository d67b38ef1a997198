"""`Stage`: the interface between the host (bytes, sockets, TLS) and the program that answers behind it.

A stage answers each request with one of five values: a `Response`, an `Accept` (a WebSocket, if the request asks for
one), a `Drop` (no answer, the connection ends), a `Stall` (no answer, the connection stays) or `RawBytes`. The host
does all I/O; stages use the `Socket` that it passes to them. So one stage can wrap another, and change any request,
answer, upgrade, message or close on its way.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from io import RawIOBase
from typing import Literal, Protocol, TypeAlias, runtime_checkable
from urllib.parse import parse_qsl, urlsplit

from provider.websocket import Ended, Headers, Message, header

How: TypeAlias = Literal["eof", "reset"]
"""How a connection ends without a close frame. ``eof``: FIN. ``reset``: RST."""
Inform: TypeAlias = Callable[[int, Headers], None]
"""Sends an interim response (status 100 to 199, but not 101) before the final one; too late, it does nothing."""


def _ignore_interim(_status: int, _headers: Headers) -> None:
    """Discard an interim response: the default of a `Request` that did not come from a client, as in tests."""


class LargeBody(Protocol):
    """A body that is too large for the memory. It can be read any number of times, also by several readers at once."""

    @property
    def size(self) -> int:
        """In bytes."""
        ...

    def pieces(self) -> Iterator[bytes]:
        """The bytes in pieces of a mebibyte.

        Raises:
            OSError: The disk failed.
        """
        ...

    def open(self) -> RawIOBase:
        """The bytes as a file, at its beginning."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One HTTP request as a client sent it, body included.

    Attributes:
        method: As sent (upper case by convention).
        target: Path and query as sent, e.g. ``/c/api/chat?api-version=2``; always origin-form.
        headers: In order, names in lower case, repeats kept.
        body: The whole body, without its transfer coding; empty if it is large.
        large: The body, if it is too large for the memory (`fake_server.host.limits.Limits.spool`); else None.
        origin: ``scheme://host[:port]`` by which the client reached the server, for URLs that point back to it.
        upgrade: Whether it asks for a WebSocket (and may be answered with `Accept`).
        port: The port of the server that the client reached; 0 for a request that did not come over TCP.
        at: Arrival of its first byte on the host's monotonic clock, in seconds.
        inform: Sends an interim response before the final one; see `Inform`.
        spelling: The names of the headers as the client wrote them.
    """

    method: str
    target: str
    headers: Headers = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)
    large: LargeBody | None = field(default=None, repr=False)
    origin: str = "http://localhost"
    upgrade: bool = False
    port: int = field(default=0, repr=False, compare=False)
    at: float = 0.0
    inform: Inform = field(default=_ignore_interim, repr=False, compare=False)
    spelling: tuple[str, ...] = field(default=(), repr=False, compare=False)

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    def header(self, name: str) -> str | None:
        """The first field of that lower-case name, or None."""
        return header(self.headers, name)

    def cookies(self) -> dict[str, str]:
        """The request's cookies; of equal names the first."""
        found: dict[str, str] = {}
        for name, value in self.headers:
            if name == "cookie":
                for pair in value.split(";"):
                    key, _, text = pair.strip().partition("=")
                    found.setdefault(key, text)
        return found

    def query(self) -> dict[str, str]:
        """The target's query, decoded; of equal names the first."""
        found: dict[str, str] = {}
        for name, value in parse_qsl(urlsplit(self.target).query, keep_blank_values=True):
            found.setdefault(name, value)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """An answer to a request.

    Attributes:
        status: 200..599.
        headers: Names in lower case. The host adds content-length or transfer-encoding, and nothing else. A given
            content-length is kept for a streamed body, which must have that length, and where there is no body (HEAD,
            204, 304).
        body: Bytes, or chunks that are sent as they come. A `BrokenBodyError` from the iterator ends the connection
            in the middle of the body.
        reason: None for the standard phrase.
        trailers: Sent after the body, which is chunked for them. The host calls a function at the end of the body.
        after: Seconds to wait before the first byte.
        because: The rule behind a refusal, for the trace; never sent.
    """

    status: int = 200
    headers: Headers = ()
    body: bytes | AsyncIterable[bytes] = field(default=b"", repr=False)
    reason: str | None = None
    trailers: Headers | Callable[[], Headers] = ()
    after: float = 0.0
    because: str = field(default="", compare=False)


class BrokenBodyError(Exception):
    """Raised by the iterator of a body: the connection ends here, in the middle of the body."""

    def __init__(self, how: How = "eof") -> None:
        super().__init__(how)
        self.how: How = how


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """No answer: the connection ends, after ``after`` seconds; ``because`` as for a `Response`.

    With ``reads_on`` only the server's side ends, until the client's does.
    """

    how: How = "eof"
    reads_on: bool = False
    after: float = 0.0
    because: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stall:
    """No answer: the connection stays open until the client leaves or the server stops.

    Attributes:
        because: As for a `Response`.
    """

    because: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RawBytes:
    """Bytes in place of a response, HTTP or not; after the last ones the connection ends.

    Attributes:
        pieces: Each is written by itself.
        how: How the connection ends.
        because: As for a `Response`.
    """

    pieces: AsyncIterable[bytes] = field(repr=False)
    how: How = "eof"
    because: str = field(default="", compare=False)


class Socket(Protocol):
    """One accepted WebSocket. Only the stage's task may call its methods.

    The host answers pings and the client's close frame, unless the stage does (`Accept.answers_pings`,
    `Accept.answers_close`). Messages arrive whole. Pings and pongs arrive like messages.
    """

    async def receive(self) -> Message | Ended:
        """Wait for the next message (text, binary, ping or pong); return `Ended` once the client has closed or left."""
        ...

    async def poll(self, within: float) -> Message | Ended | None:
        """Wait for what `receive` returns, but at most ``within`` seconds; then None."""
        ...

    async def send(self, message: Message) -> None:
        """Send a message, in frames of the sizes in its ``frames``. Waits while the client does not read.

        After the end of the connection it does nothing; `receive` reports the end.
        """
        ...

    async def send_all(self, messages: Sequence[Message]) -> None:
        """`send` several messages, none of them a close frame, in one write."""
        ...

    async def send_encoded(self, frames: bytes | memoryview) -> None:
        """Send encoded frames (in fact any bytes) in large writes. Waits while the client does not read."""
        ...

    async def close(self, code: int | None = 1000, reason: str = "") -> Ended:
        """Send a close frame, wait a bounded time for the client's, and end; returns how the client ended it."""
        ...

    async def abort(self, how: How = "eof") -> None:
        """End the connection without a close frame."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait on the host's clock; returns early when the connection ends."""
        ...

    def now(self) -> float:
        """The host's monotonic clock, seconds: the one of `Request.at`."""
        ...


class SocketWrapper:
    """A `Socket` that forwards every call to another one. A subclass overrides the calls that it watches or changes."""

    def __init__(self, socket: Socket) -> None:
        self._socket = socket

    async def receive(self) -> Message | Ended:
        """Wait for the client's next message, or the end of the socket; see `Socket.receive`."""
        return await self._socket.receive()

    async def poll(self, within: float) -> Message | Ended | None:
        """Wait some seconds for the client's next message; None if nothing arrives; see `Socket.poll`."""
        return await self._socket.poll(within)

    async def send(self, message: Message) -> None:
        """Send a message in frames of the sizes in its ``frames``; see `Socket.send`."""
        await self._socket.send(message)

    async def send_all(self, messages: Sequence[Message]) -> None:
        """See `Socket.send_all`. Calls `send` for each message, so that a subclass overrides only that one."""
        for message in messages:
            await self.send(message)

    async def send_encoded(self, frames: bytes | memoryview) -> None:
        """Send encoded frames, in large writes; see `Socket.send_encoded`."""
        await self._socket.send_encoded(frames)

    async def close(self, code: int | None = 1000, reason: str = "") -> Ended:
        """Send a close frame and wait a bounded time for the client's; see `Socket.close`."""
        return await self._socket.close(code, reason)

    async def abort(self, how: How = "eof") -> None:
        """End the connection without a close frame; see `Socket.abort`."""
        await self._socket.abort(how)

    async def sleep(self, seconds: float) -> None:
        """Wait some seconds, or until the connection ends; see `Socket.sleep`."""
        await self._socket.sleep(seconds)

    def now(self) -> float:
        """The host's monotonic clock, in seconds; see `Socket.now`."""
        return self._socket.now()


@runtime_checkable
class Remarking(Protocol):
    """A `Socket` whose traffic is printed for people; see `fake_server.tracing`."""

    def remark(self, because: str) -> None:
        """Note the rule behind the refusal that the next message sends."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Accept:
    """Accept the upgrade.

    Attributes:
        run: Called with the open socket. After it returns, the host closes an open connection with code 1000.
        headers: Further headers of the 101.
        after: Seconds to wait before the 101.
        valid_key: False answers with a wrong accept key (a fault).
        linger: Whether a close waits after the last message (`Limits.linger`), for clients that lose unread messages
            when they see the end. An `abort` never waits.
        answers_pings: Whether the stage answers the client's pings; then the host does not.
        answers_close: Whether the stage answers the client's close frame, by `Socket.close` or `Socket.abort`, and may
            send messages before; else the host answers it at once, with the client's own code.
    """

    run: Callable[[Socket], Awaitable[None]]
    headers: Headers = ()
    after: float = 0.0
    valid_key: bool = True
    linger: bool = False
    answers_pings: bool = False
    answers_close: bool = False


Answer: TypeAlias = Response | Accept | Drop | Stall | RawBytes


class Stage(Protocol):
    """A program that answers requests behind the host."""

    async def handle(self, request: Request) -> Answer:
        """Answer one request. The host logs an exception, and sends a 500 that has only its type."""
        ...

    async def close(self) -> None:
        """Release all resources of the stage; called once, when the stage is replaced or the server stops."""
        ...
