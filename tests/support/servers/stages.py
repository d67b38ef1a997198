"""Small stages for tests."""

from __future__ import annotations

import json
import threading
from collections.abc import AsyncIterator, Awaitable, Callable

from fake_server.stage import Accept, Answer, Request, Response, Socket
from provider.websocket import Ended, Message, Opcode


class StageOf:
    """A stage made of one function, and a record of what it was asked."""

    def __init__(self, handle: Callable[[Request], Awaitable[Answer]]) -> None:
        self._handle = handle
        self.requests: list[Request] = []
        self.closed = 0
        self.upgraded = threading.Event()

    async def handle(self, request: Request) -> Answer:
        self.requests.append(request)
        if request.upgrade:
            self.upgraded.set()
        return await self._handle(request)

    async def close(self) -> None:
        self.closed += 1


def answering(answer: Answer) -> StageOf:
    """Always the same answer."""

    async def handle(_: Request) -> Answer:
        return answer

    return StageOf(handle)


def conversing(run: Callable[[Socket], Awaitable[None]]) -> StageOf:
    """Takes every upgrade, and talks."""
    return answering(Accept(run=run))


def echoing() -> StageOf:
    """REST: tells what it was asked. WebSocket: sends every message back, as it came."""

    async def run(socket: Socket) -> None:
        while not isinstance(message := await socket.receive(), Ended):
            if message.opcode in (Opcode.TEXT, Opcode.BINARY):
                await socket.send(message)

    async def handle(request: Request) -> Answer:
        if request.upgrade:
            return Accept(run=run)
        told = {
            "method": request.method,
            "target": request.target,
            "headers": request.headers,
            "body": request.body.decode("latin-1"),
            "origin": request.origin,
        }
        return Response(headers=(("content-type", "application/json"),), body=json.dumps(told).encode())

    return StageOf(handle)


def text(value: str) -> Message:
    return Message(Opcode.TEXT, value.encode())


async def chunked(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk
