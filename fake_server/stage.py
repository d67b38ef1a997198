"""`Stage`: the one interface between the host (bytes, sockets, TLS) and what stands behind it.

A stage answers each request with one of four values: a `Response`, an `Accept` (a WebSocket, if the request asks for
one), a `Drop` (no answer, the connection ends) or a `Stall` (no answer, the connection stays). Stages do no I/O of
their own here: whatever touches the wire is done by the host, through the `Socket` it hands over. So a stage can be
wrapped by another one that changes any request, answer, upgrade, message or close on its way.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias, runtime_checkable
from urllib.parse import parse_qsl, urlsplit

from provider.websocket import Ended, Headers, Message, header

How: TypeAlias = Literal["eof", "reset"]
"""``eof``: FIN without further words. ``reset``: RST."""
Inform: TypeAlias = Callable[[int, Headers], None]
"""Sends an interim answer (status 100 to 199, but not 101) ahead of the answer; nothing, if it is too late for one."""


def _inform_nobody(_status: int, _headers: Headers) -> None:
    """Of a request that no host made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One HTTP request as a client sent it, body included.

    Attributes:
        method: As sent (upper case by convention).
        target: Path and query as sent, e.g. ``/c/api/chat?api-version=2``; always origin-form.
        headers: In order, names in lower case, repeats kept.
        body: Whole, transfer coding taken off.
        origin: ``scheme://host[:port]`` at which the client found the server, for URLs that point back to it.
        upgrade: Whether it asks for a WebSocket (and may be answered with `Accept`).
        at: The host's monotonic clock, seconds, when its first byte came.
        inform: See `Inform`.
        spelling: The names of the headers as the client wrote them.
    """

    method: str
    target: str
    headers: Headers = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)
    origin: str = "http://localhost"
    upgrade: bool = False
    at: float = 0.0
    inform: Inform = field(default=_inform_nobody, repr=False, compare=False)
    spelling: tuple[str, ...] = field(default=(), repr=False, compare=False)

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    def header(self, name: str) -> str | None:
        """The first field of that lower-case name, or None."""
        return header(self.headers, name)

    def cookies(self) -> dict[str, str]:
        """The cookies it carries; of equal names the first."""
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
        headers: SeededIds in lower case. The host adds content-length or transfer-encoding, and nothing else. A given
            content-length is kept for a streamed body, which must have that length, and where there is no body (HEAD,
            204, 304).
        body: Bytes, or chunks that are sent as they come. A `BrokenBodyError` from the iterator ends the connection
            in the middle of the body.
        reason: None for the standard phrase.
        trailers: Sent after the body, which is chunked for them; a function is asked when that is over.
        after: Seconds to wait before the first byte.
        because: Why it is refused, for people who look on; never sent.
    """

    status: int = 200
    headers: Headers = ()
    body: bytes | AsyncIterable[bytes] = field(default=b"", repr=False)
    reason: str | None = None
    trailers: Headers | Callable[[], Headers] = ()
    after: float = 0.0
    because: str = field(default="", compare=False)


class BrokenBodyError(Exception):
    """Raised by a response's chunks: the body ends here, improperly, in the given way."""

    def __init__(self, how: How = "eof") -> None:
        super().__init__(how)
        self.how: How = how


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """No answer: the connection ends, after ``after`` seconds; ``because`` as for a `Response`."""

    how: How = "eof"
    after: float = 0.0
    because: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stall:
    """No answer: the connection stays open until the client leaves or the server stops; ``because`` as above."""

    because: str = field(default="", compare=False)


class Socket(Protocol):
    """One accepted WebSocket, as the host hands it to a stage. All methods belong to the stage's one task.

    Pings are answered by the host, unless the stage does it (`Accept.answers_pings`). Messages arrive whole; control
    frames that a stage may want to see (ping, pong) arrive like messages.
    """

    async def receive(self) -> Message | Ended:
        """The next message (text, binary, ping or pong), or how the client ended the connection; again at each call."""
        ...

    async def poll(self, within: float) -> Message | Ended | None:
        """`receive`, or None if nothing comes within so many seconds."""
        ...

    async def send(self, message: Message) -> None:
        """Send one message, as several frames where it says so. Waits while the client does not read.

        After the connection has ended it does nothing: a stage learns that from `receive`.
        """
        ...

    async def send_encoded(self, frames: bytes | memoryview) -> None:
        """Send frames that are encoded already (any bytes, in fact), in large writes and with back-pressure."""
        ...

    async def close(self, code: int | None = 1000, reason: str = "") -> Ended:
        """Send a close frame, wait for the client's (bounded), end the connection; how the client took it."""
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


@runtime_checkable
class Remarking(Protocol):
    """A `Socket` on which people look on: they can be told what clients are not."""

    def remark(self, because: str) -> None:
        """Say why the message that is sent next refuses something."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Accept:
    """Take the upgrade, and talk.

    Attributes:
        run: Called with the open socket. When it returns, the host closes the connection with code 1000 if it is open.
        headers: Further headers of the 101.
        after: Seconds to wait before the 101.
        valid_key: False answers with a wrong accept key (a fault).
        linger: Whether a close waits a little after the last message (`Limits.linger`), for clients that lose what
            they have not read when they see the end. An `abort` never waits.
        answers_pings: Whether the stage answers the client's pings, or has somebody else answer them; the host does
            not then.
    """

    run: Callable[[Socket], Awaitable[None]]
    headers: Headers = ()
    after: float = 0.0
    valid_key: bool = True
    linger: bool = False
    answers_pings: bool = False


Answer: TypeAlias = Response | Accept | Drop | Stall


class Stage(Protocol):
    """What stands behind the host."""

    async def handle(self, request: Request) -> Answer:
        """Answer one request. An exception becomes a 500 that names its type only, and is logged by the host."""
        ...

    async def close(self) -> None:
        """Let go of everything; called once, when the stage is swapped out or the server stops."""
        ...
