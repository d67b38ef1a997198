"""`Tap`: a stage that observes the traffic of another stage, for ``wire.calls`` and ``wire.sent``."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterable, Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from fake_server.host.early import AnswersEarly
from fake_server.host.handshakes import SpoilsHandshakes
from fake_server.stage import (
    Accept,
    Answer,
    Drop,
    How,
    RawBytes,
    Request,
    Response,
    Socket,
    SocketWrapper,
    Stage,
    Stall,
)
from harness.calls import WireCall, call_of, decoded
from harness.cassette.model import Direction
from harness.tap.activity import Activity
from provider.websocket import Ended, Message, Opcode

Passed: TypeAlias = tuple[float, Direction, Message | Ended | bytes | memoryview]
"""Time (the host's clock), sender, and content: a message, an end, or a run of the server's encoded frames."""


@dataclass(slots=True, eq=False)
class TappedExchange:
    """One observed exchange, with all that is needed to record it afterwards.

    Attributes:
        request: The request.
        call: The request as `WireCall`, as tests read it.
        answer: The stage's answer; None until there is one.
        passed: Messages and ends on its socket.
        body: Chunks of a streamed response that were sent.
    """

    request: Request
    call: WireCall
    answer: Answer | None = None
    passed: list[Passed] = field(default_factory=list[Passed])
    body: list[bytes] = field(default_factory=list[bytes])


class Tap(Activity):
    """A stage that passes requests, answers and messages on unchanged, to and from another stage, and keeps a copy.

    Attributes:
        stage: The other stage.
        seen: The exchanges, in the order of their requests.
        received: The clients' text and binary messages on sockets, in order of arrival.
    """

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self.stage = stage
        self.seen: list[TappedExchange] = []
        self.received: list[Message] = []

    @property
    def calls(self) -> list[WireCall]:
        """The requests, including upgrades."""
        return [seen.call for seen in self.seen]

    @property
    def sent(self) -> list[Any]:
        """The clients' messages on sockets: JSON decoded, other text as str, other data as bytes."""
        return [decoded(message) for message in self.received]

    async def handle(self, request: Request) -> Answer:
        """Answer one request; see `fake_server.stage.Stage.handle`."""
        self.changes += 1
        seen = TappedExchange(request, call_of(request))
        self.seen.append(seen)
        answer = await self.stage.handle(request)
        self.changes += 1
        seen.answer = answer
        match answer:
            case Accept():
                seen.call.status = 101
                return replace(answer, run=self._tapped(answer, seen))
            case Response():
                seen.call.status = answer.status
                if not isinstance(answer.body, bytes):
                    return replace(answer, body=_tapped_body(answer.body, seen))
            case Drop() | Stall() | RawBytes():
                pass
        return answer

    def handshake(self, context: ssl.SSLContext) -> ssl.SSLContext | bytes | None:
        """Pass on what the stage makes of a TLS handshake; see `fake_server.host.handshakes.SpoilsHandshakes`."""
        return self.stage.handshake(context) if isinstance(self.stage, SpoilsHandshakes) else None

    def early(self, request: Request) -> Answer | None:
        """Pass on the stage's answer to a request without its body; see `fake_server.host.early.AnswersEarly`."""
        answer = self.stage.early(request) if isinstance(self.stage, AnswersEarly) else None
        if answer is not None:
            self.changes += 1
            self.seen.append(TappedExchange(request, call_of(request), answer))
        return answer

    async def close(self) -> None:
        """Release everything that the stage holds; see `fake_server.stage.Stage.close`."""
        await self.stage.close()

    def _tapped(self, accept: Accept, seen: TappedExchange) -> Callable[[Socket], Awaitable[None]]:
        async def run(socket: Socket) -> None:
            await accept.run(_TappedSocket(socket, seen, self))

        return run


class _TappedSocket(SocketWrapper):
    """A socket that adds each message and end that passes to its `TappedExchange`."""

    def __init__(self, socket: Socket, seen: TappedExchange, tap: Tap) -> None:
        super().__init__(socket)
        self._passed = seen.passed
        self._tap = tap
        self._ended = False

    async def receive(self) -> Message | Ended:
        """Wait for the client's next message, or for how it ended; see `fake_server.stage.Socket`."""
        return self._note(await self._socket.receive())

    async def poll(self, within: float) -> Message | Ended | None:
        """Wait some seconds for the client's next message; None if nothing arrives; see `fake_server.stage.Socket`."""
        got = await self._socket.poll(within)
        return None if got is None else self._note(got)

    def _note(self, got: Message | Ended) -> Message | Ended:
        if isinstance(got, Message):
            self._pass(">", got)
            if got.opcode in (Opcode.TEXT, Opcode.BINARY):
                self._tap.received.append(got)
        elif not self._ended:
            self._ended = True
            self._pass(">", got)
        return got

    def _pass(self, direction: Direction, what: Message | Ended | bytes | memoryview) -> None:
        self._tap.changes += 1
        self._passed.append((self._socket.now(), direction, what))

    async def send(self, message: Message) -> None:
        """Send a message in frames of the sizes in its ``frames``; see `fake_server.stage.Socket`."""
        self._pass("<", message)
        await self._socket.send(message)

    async def send_encoded(self, frames: bytes | memoryview) -> None:
        """Send encoded frames, in large writes; see `fake_server.stage.Socket`."""
        self._pass("<", frames)
        await self._socket.send_encoded(frames)

    async def close(self, code: int | None = 1000, reason: str = "") -> Ended:
        """Send a close frame and wait a bounded time for the client's; see `fake_server.stage.Socket`."""
        self._pass("<", Ended("close", code, reason))
        ended = await self._socket.close(code, reason)
        self._note(ended)
        return ended

    async def abort(self, how: How = "eof") -> None:
        """End the connection without a close frame; see `fake_server.stage.Socket`."""
        self._pass("<", Ended(how))
        await self._socket.abort(how)


async def _tapped_body(body: AsyncIterable[bytes], seen: TappedExchange) -> AsyncIterable[bytes]:
    async for chunk in body:
        seen.body.append(chunk)
        yield chunk
