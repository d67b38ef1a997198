"""What a program does on its connections in one run: its requests, and how it leaves its sockets."""

from __future__ import annotations

import itertools
import ssl
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from fake_server.host.early import AnswersEarly
from fake_server.host.handshakes import SpoilsHandshakes
from fake_server.stage import Accept, Answer, How, Request, Socket, SocketWrapper, Stage
from provider.websocket import Ended, Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A request of the program.

    Attributes:
        at: Seconds on the monotonic clock.
        place: Method and path.
        upgrade: Whether it asks for a socket.
    """

    at: float
    place: str
    upgrade: bool = False


@dataclass(slots=True, kw_only=True)
class SocketUse:
    """One socket of the program. Steps number what happens on all sockets of a run, in order.

    Attributes:
        path: Of the upgrade.
        last_sent: Step of the last message to the program; before any message that of the upgrade.
        ended: Step at which the connection ended; None while it is open.
        how: How it ended, as in `provider.websocket.Ended`; ``server`` if the server ended it.
        unanswered: Seconds that the server's close frame waited without an answer; 0.0 if the program answered it.
    """

    path: str
    last_sent: int
    ended: int | None = None
    how: str = ""
    unanswered: float = 0.0

    def end(self, step: int, how: str) -> None:
        """Note how the socket ended; only the first call counts."""
        if self.ended is None:
            self.ended, self.how = step, how


@dataclass(slots=True)
class Watched:
    """The requests and sockets of one run of a program.

    Attributes:
        arrivals: The requests.
        sockets: The accepted upgrades.
    """

    arrivals: list[Arrival] = field(default_factory=list[Arrival])
    sockets: list[SocketUse] = field(default_factory=list[SocketUse])


class WatchedStage:
    """Notes requests and sockets on their way to another stage.

    Attributes:
        seen: What it has noted.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._steps = itertools.count()
        self.seen = Watched()

    async def handle(self, request: Request) -> Answer:
        """Answer one request; see `fake_server.stage.Stage.handle`."""
        self.seen.arrivals.append(_arrival_of(request))
        answer = await self._stage.handle(request)
        # A wrong accept key gives no socket to the client.
        if not isinstance(answer, Accept) or not answer.valid_key:
            return answer
        run = answer.run

        async def watched(socket: Socket) -> None:
            use = SocketUse(path=request.path, last_sent=next(self._steps))
            self.seen.sockets.append(use)
            try:
                await run(_WatchedSocket(socket, use, self._steps))
            finally:
                use.end(next(self._steps), "server")

        return replace(answer, run=watched)

    def early(self, request: Request) -> Answer | None:
        """Note a request that is answered without its body; see `fake_server.host.early.AnswersEarly`."""
        answer = self._stage.early(request) if isinstance(self._stage, AnswersEarly) else None
        if answer is not None:
            self.seen.arrivals.append(_arrival_of(request))
        return answer

    def handshake(self, context: ssl.SSLContext) -> ssl.SSLContext | bytes | None:
        """Pass on what the stage makes of a TLS handshake; see `fake_server.host.handshakes.SpoilsHandshakes`."""
        return self._stage.handshake(context) if isinstance(self._stage, SpoilsHandshakes) else None

    async def close(self) -> None:
        """Release everything that the stage holds; see `fake_server.stage.Stage.close`."""
        await self._stage.close()


def _arrival_of(request: Request) -> Arrival:
    return Arrival(at=time.monotonic(), place=f"{request.method} {request.path}", upgrade=request.upgrade)


class _WatchedSocket(SocketWrapper):
    """A socket that notes the last message to the client, and how the connection ends."""

    def __init__(self, socket: Socket, use: SocketUse, steps: Iterator[int]) -> None:
        super().__init__(socket)
        self._use = use
        self._steps = steps

    async def receive(self) -> Message | Ended:
        """Wait for the client's next message, or for how it ended; see `Socket.receive`."""
        return self._noted(await self._socket.receive())

    async def poll(self, within: float) -> Message | Ended | None:
        """Wait some seconds for the client's next message; None if nothing arrives; see `Socket.poll`."""
        got = await self._socket.poll(within)
        return None if got is None else self._noted(got)

    async def send(self, message: Message) -> None:
        """Send a message in frames of the sizes in its ``frames``; see `Socket.send`."""
        self._use.last_sent = next(self._steps)
        await self._socket.send(message)

    async def close(self, code: int | None = 1000, reason: str = "") -> Ended:
        """Send a close frame and wait a bounded time for the client's; see `Socket.close`."""
        began = self._socket.now()
        is_open = self._use.ended is None
        ended = await self._socket.close(code, reason)
        if is_open and ended.how != "close":
            self._use.unanswered = self._socket.now() - began
        self._use.end(next(self._steps), ended.how)
        return ended

    async def abort(self, how: How = "eof") -> None:
        """End the connection without a close frame; see `Socket.abort`."""
        await self._socket.abort(how)
        self._use.end(next(self._steps), "server")

    def _noted(self, got: Message | Ended) -> Message | Ended:
        if isinstance(got, Ended):
            self._use.end(next(self._steps), got.how)
        return got


def has_leaked(sockets: Sequence[SocketUse]) -> bool:
    """Whether the program opened a socket again, and left an earlier one of the same path open beside it.

    An earlier socket counts that was open when the later one had got its last message, and that the program did not
    close by a close frame.
    """
    pairs = itertools.combinations(sockets, 2)
    return any(_outlasts(earlier, later) for earlier, later in pairs if earlier.path == later.path)


def _outlasts(earlier: SocketUse, later: SocketUse) -> bool:
    stayed = earlier.ended is None or earlier.ended > later.last_sent
    return stayed and earlier.how not in ("close", "server")


def has_unanswered_close(sockets: Sequence[SocketUse], least: float) -> bool:
    """Whether a close frame of the server waited at least so many seconds, and got no answer."""
    return any(each.unanswered >= least for each in sockets)
