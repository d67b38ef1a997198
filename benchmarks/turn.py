"""A whole replayed turn (three calls, an upgrade, 50 messages, the close) beside the same by hand on aiohttp."""

from __future__ import annotations

import asyncio
import socket
import time
from multiprocessing.connection import Connection
from urllib.parse import urlsplit

from benchmarks.processes import asked, cpu, process
from benchmarks.rounds import ROUNDS, measure
from benchmarks.rows import Row, median
from benchmarks.service import message
from fake_server import serve
from fake_server.stage import Answer, Request
from harness.cassette.model import (
    Body,
    Call,
    Cassette,
    Exchange,
    Line,
    Recorded,
    RequestPart,
    ResponsePart,
    SocketExchange,
)
from harness.replay.player import Player
from harness.services.copilot import COPILOT

TURNS, COUNT, CALLS = 100, 50, 3
_ANSWER = b'{"firstName":null,"id":"c","currentConversationId":"c","sessionKey":"k"}'
_ASK = b'{"event":"send","conversationId":"c","content":[{"type":"text","text":"hi"}],"mode":"chat"}'
_UPGRADE = (
    "GET /c/api/chat HTTP/1.1\r\nHost: {netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
_CLOSE = bytes((0x88, 0x82, 0, 0, 0, 0)) + b"\x03\xe8"


def _cassette() -> Cassette:
    part = ResponsePart(status=200, headers=(("content-type", "application/json"),), body=Body(data=_ANSWER))
    messages = (
        Line(">", 0, "text", _ASK),
        *(Line("<", 0, "text", message(number)) for number in range(COUNT)),
        Line("<", 0, "close", b"", 1000),
    )
    turn: list[Exchange] = [
        Call(method="GET", target=f"/c/api/call/{number}", request=RequestPart(), response=part)
        for number in range(CALLS)
    ]
    turn.append(SocketExchange(target="/c/api/chat", response=ResponsePart(status=101), messages=messages))
    return Cassette(recorded=Recorded(at="2026-01-01T00:00:00Z", by="hand"), exchanges=tuple(turn))


class _Replaceable:
    """A stage with a new player for each turn."""

    def __init__(self) -> None:
        self._cassette = _cassette()
        self.player = Player(self._cassette, COPILOT)

    async def handle(self, request: Request) -> Answer:
        if request.path.endswith("/0"):
            self.player = Player(self._cassette, COPILOT)
        return await self.player.handle(request)

    async def close(self) -> None:
        await self.player.close()


def _replay(pipe: Connection) -> None:
    with serve(_Replaceable()) as server:
        pipe.send(server.url)
        while pipe.recv():
            pipe.send(cpu())


def _by_hand(pipe: Connection) -> None:
    from aiohttp import web

    async def call(request: web.Request) -> web.Response:  # noqa: ARG001
        return web.Response(body=_ANSWER, content_type="application/json")

    async def chat(request: web.Request) -> web.WebSocketResponse:
        connection = web.WebSocketResponse()
        await connection.prepare(request)
        await connection.receive()
        for number in range(COUNT):
            await connection.send_str(message(number).decode())
        await connection.close()
        return connection

    async def run() -> None:
        app = web.Application()
        app.add_routes([web.get("/c/api/call/{number}", call), web.get("/c/api/chat", chat)])
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        pipe.send(f"http://127.0.0.1:{runner.addresses[0][1]}")
        while await asyncio.to_thread(pipe.recv):
            pipe.send(cpu())
        await runner.cleanup()

    asyncio.run(run())


def _turn(url: str) -> None:
    netloc = urlsplit(url).netloc
    host, _, port = netloc.partition(":")
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for number in range(CALLS):
            connection.sendall(f"GET /c/api/call/{number} HTTP/1.1\r\nHost: {netloc}\r\n\r\n".encode())
            _until(connection, b'"k"}')
        connection.sendall(_UPGRADE.format(netloc=netloc).encode())
        _until(connection, b"\r\n\r\n")
        connection.sendall(bytes((0x81, 0x80 | len(_ASK), 0, 0, 0, 0)) + _ASK)
        _until(connection, b'"id":"%d"}' % (COUNT - 1))
        connection.sendall(_CLOSE)
        while connection.recv(65536):
            pass


def _until(connection: socket.socket, mark: bytes) -> None:
    received = b""
    while mark not in received:
        got = connection.recv(65536)
        if not got:
            raise RuntimeError(f"the server ended: {received[-300:]!r}")
        received += got


def _turns(url: str) -> float:
    begun = time.perf_counter()
    for _ in range(TURNS):
        _turn(url)
    return (time.perf_counter() - begun) / TURNS * 1e3


def rows(rounds: int = ROUNDS) -> list[Row]:
    peer = "by hand on aiohttp"
    with process(_replay) as (ours, our_pipe), process(_by_hand) as (theirs, their_pipe):
        before = asked(our_pipe), asked(their_pipe)
        results = measure({"replay": lambda: _turns(ours), peer: lambda: _turns(theirs)}, rounds)
        spent = [(asked(pipe) - was) / (TURNS * (rounds + 1)) * 1e3
                 for pipe, was in zip((our_pipe, their_pipe), before, strict=True)]  # fmt: skip
    what = f"{CALLS} calls, an upgrade, {COUNT} messages, the close"
    return [
        Row(
            key="turn.wall", what=f"a replayed turn: {what}", unit="ms", ours=results["replay"].median,
            peer=median(results, peer), goal=1.2, means="What a cassette costs your test beside a fake by hand.",
        ),
        Row(
            key="turn.cpu", what="the same, CPU of the server", unit="ms", ours=spent[0], peer=(peer, spent[1]),
            goal=1.5, means="The same, with many tests at once.",
        ),
    ]  # fmt: skip
