"""The player beside websockets' own server, seen by a client that only counts bytes."""

from __future__ import annotations

import socket
import time
from multiprocessing.connection import Connection
from urllib.parse import urlsplit

from benchmarks.processes import asked, process
from benchmarks.rounds import ROUNDS, measure
from benchmarks.rows import Row, median
from benchmarks.service import message
from fake_server import serve
from fake_server.stage import Answer, Request
from harness.cassette.model import Cassette, Line, Recorded, ResponsePart, SocketExchange
from harness.replay.player import Player
from harness.services.copilot import COPILOT

COUNT = 50_000
_ASK = b'{"event":"ping"}'
_UPGRADE = (
    "GET /c/api/chat HTTP/1.1\r\nHost: {netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


def cassette() -> Cassette:
    lines = (
        Line(">", 0, "text", _ASK),
        *(Line("<", number, "text", message(number)) for number in range(1, COUNT + 1)),
    )
    socket_exchange = SocketExchange(
        target="/c/api/chat",
        response=ResponsePart(status=101),
        messages=(*lines, Line("<", COUNT + 1, "close", b"", 1000)),
    )
    return Cassette(recorded=Recorded(at="2026-01-01T00:00:00Z", by="hand"), exchanges=(socket_exchange,))


class _Replaceable:
    """A stage whose player the next round replaces: a player plays a cassette once."""

    def __init__(self) -> None:
        self.player = Player(cassette(), COPILOT)

    async def handle(self, request: Request) -> Answer:
        return await self.player.handle(request)

    async def close(self) -> None:
        await self.player.close()


def _play(pipe: Connection) -> None:
    stage = _Replaceable()
    with serve(stage) as server:
        pipe.send(server.url)
        while pipe.recv():
            stage.player = Player(cassette(), COPILOT)
            pipe.send(True)


def _websockets(pipe: Connection) -> None:
    import asyncio

    from websockets.asyncio.server import ServerConnection
    from websockets.asyncio.server import serve as serve_websockets

    texts = [message(number).decode() for number in range(1, COUNT + 1)]

    async def chat(connection: ServerConnection) -> None:
        await connection.recv()
        for text in texts:
            await connection.send(text)

    async def run() -> None:
        async with serve_websockets(chat, "127.0.0.1", 0, compression=None) as server:
            pipe.send(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
            while await asyncio.to_thread(pipe.recv):
                pipe.send(True)

    asyncio.run(run())


def count_bytes(url: str) -> float:
    wanted = sum(len(message(number)) + 2 for number in range(1, COUNT + 1))
    netloc = urlsplit(url).netloc
    host, _, port = netloc.partition(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(_UPGRADE.format(netloc=netloc).encode())
        head = b""
        while b"\r\n\r\n" not in head:
            head += connection.recv(4096)
        connection.sendall(bytes((0x81, 0x80 | len(_ASK), 0, 0, 0, 0)) + _ASK)
        begun = time.perf_counter()
        received = len(head.partition(b"\r\n\r\n")[2])
        buffer = bytearray(1 << 20)
        while received < wanted:
            count = connection.recv_into(buffer)
            if not count:
                raise RuntimeError(f"the server ended after {received} of {wanted} bytes")
            received += count
        return COUNT / (time.perf_counter() - begun)


def _once(url: str, pipe: Connection) -> float:
    asked(pipe)
    return count_bytes(url)


def rows(rounds: int = ROUNDS) -> list[Row]:
    peer = "websockets server"
    with process(_play) as (ours, ours_pipe), process(_websockets) as (theirs, their_pipe):
        results = measure({"player": lambda: _once(ours, ours_pipe), peer: lambda: _once(theirs, their_pipe)}, rounds)
    return [
        Row(
            key="player.messages", what=f"{COUNT} messages of 90 bytes to one client", unit="/s", better="more",
            ours=results["player"].median, peer=median(results, peer), goal=100,
            means="A replay without pauses is never what your test waits for.",
        )
    ]  # fmt: skip
