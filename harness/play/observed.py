"""`ObservedExchange`: what the played client sent and received in one exchange, and the cassette's exchange of it."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from harness.cassette.model import Aborted, Body, Call, Exchange, Headers, Line, RequestPart, ResponsePart
from harness.cassette.model import SocketExchange as Socket
from harness.headers import decoded_from, kept_headers
from harness.play.progress import ExchangeProgress
from harness.play.script import ScriptedExchange


@dataclass(slots=True)
class ObservedExchange:
    """One exchange of a played session. Times are microseconds since the session began.

    Attributes:
        scripted: The recorded exchange.
        progress: How far the service has come.
        at: When the client sent the request; None while it did not.
        target: As sent.
        request: As sent.
        status: Of the response; 0 while there is none.
        headers: Of the response.
        after: When the head of the response came.
        pieces: Of the response's body: when each came, and the bytes.
        lines: The messages and the end of a socket, from its opening.
        sent: How many messages the client sent.
        failure: Why the exchange ended without a whole response; empty if it did not.
        is_done: Whether the exchange has ended.
        is_merged: Whether an earlier poll, which is still open, stands for this one, so that it was not sent.
    """

    scripted: ScriptedExchange
    progress: ExchangeProgress
    at: int | None = None
    target: str = field(default="", repr=False)
    request: RequestPart = field(default=RequestPart(), repr=False)
    status: int = 0
    headers: Headers = field(default=(), repr=False)
    after: int = 0
    pieces: list[tuple[int, bytes]] = field(default_factory=list[tuple[int, bytes]], repr=False)
    lines: list[Line] = field(default_factory=list[Line], repr=False)
    sent: int = 0
    failure: str = ""
    is_done: bool = False
    is_merged: bool = False

    @property
    def limit(self) -> int:
        """Greatest number of expected events that may count as come before the client sends its next message.

        A service may reply to the first of several messages that the client sends in a row, before the last one.
        """
        limits = self.scripted.limits
        before = limits[self.sent - 1] if self.sent else -1
        return next((each for each in limits[self.sent :] if each > before), len(self.scripted.expected))

    @property
    def begins_turn(self) -> bool:
        """Whether, in the recording, the service sent something between the client's last two messages."""
        limits, last = self.scripted.limits, self.sent - 1
        return last < 1 or last >= len(limits) or limits[last] > limits[last - 1]

    def is_open_poll_like(self, other: ObservedExchange) -> bool:
        """Whether this is a request that still waits for its response, and the other one repeats it.

        Paths are compared, and not queries: a poll has another cache buster each time.
        """
        mine, yours = self.scripted.exchange, other.scripted.exchange
        if not (isinstance(mine, Call) and isinstance(yours, Call)) or self.at is None or self.status or self.is_done:
            return False
        return mine.method == yours.method == "GET" and mine.target.partition("?")[0] == yours.target.partition("?")[0]

    @property
    def body(self) -> bytes:
        """The bytes of the response's body that have come so far."""
        return b"".join(piece for _, piece in self.pieces)

    def as_exchange(self) -> Exchange | None:
        """The exchange as a cassette holds it, secrets included; None if the client did not send it."""
        if self.at is None:
            return None
        recorded = self.scripted.exchange
        found = msgspec.structs.replace(
            recorded,
            target=self.target,
            at=self.at,
            request=self.request,
            response=self._response(),
            aborted=None if self.status else Aborted(by="server", how="eof"),
        )
        if not isinstance(found, Socket):
            return found
        return msgspec.structs.replace(found, messages=tuple(self._relative(line) for line in self.lines))

    def _response(self) -> ResponsePart | None:
        if not self.status or self.at is None:
            return None
        is_upgrade = self.status == 101
        is_stream = isinstance(self.scripted.exchange, Call) and self._was_stream
        stream = tuple(Line("<", max(0, at - self.at), "text", piece) for at, piece in self.pieces)
        return ResponsePart(
            status=self.status,
            after=max(0, self.after - self.at),
            headers=kept_headers(self.headers, upgrade=is_upgrade, decoded=decoded_from(self.headers) is not None),
            body=Body() if is_stream else Body(data=self.body),
            stream=stream if is_stream else None,
        )

    @property
    def _was_stream(self) -> bool:
        response = self.scripted.exchange.response
        return response is not None and response.stream is not None

    def _relative(self, line: Line) -> Line:
        return msgspec.structs.replace(line, time=max(0, line.time - (self.at or 0)))
