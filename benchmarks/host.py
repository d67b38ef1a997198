"""The server's connections beside those of the `websockets` server: opening, an idle socket, messages one by one."""

from __future__ import annotations

import asyncio
import logging
import resource
import socket
from collections.abc import Callable
from contextlib import ExitStack
from multiprocessing.connection import Connection
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.processes import asked, cpu, process
from benchmarks.rounds import ROUNDS, measure
from benchmarks.rows import Row, median
from benchmarks.service import message
from fake_server import Accept, Answer, Request, Socket, serve
from provider.websocket import Ended, Message, Opcode

OPENED, IDLE, COUNT = 500, 400, 3_000
_ASK = bytes((0x81, 0x82, 0, 0, 0, 0)) + b"hi"
_UPGRADE = (
    "GET /c/api/chat HTTP/1.1\r\nHost: {netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
_CLOSE = bytes((0x88, 0x82, 0, 0, 0, 0)) + b"\x03\xe8"


class _Stage:
    """Answers a message with `COUNT` messages, one by one."""

    async def handle(self, request: Request) -> Answer:  # noqa: ARG002  # any
        return Accept(run=self._run)

    @staticmethod
    async def _run(accepted: Socket) -> None:
        while not isinstance(await accepted.receive(), Ended):
            for number in range(COUNT):
                await accepted.send(Message(Opcode.TEXT, message(number)))

    async def close(self) -> None:
        """Do nothing: this stage holds no resources."""


def _figures() -> tuple[float, float]:
    """CPU in seconds, and resident memory in KiB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return cpu(), pages * resource.getpagesize() / 1024


def _ours(pipe: Connection) -> None:
    with serve(_Stage()) as server:
        pipe.send(server.url)
        while pipe.recv():
            pipe.send(_figures())


def _websockets(pipe: Connection) -> None:
    from websockets.asyncio.server import ServerConnection
    from websockets.asyncio.server import serve as serve_websockets

    logging.disable()  # it logs a traceback for each client that leaves without a close frame

    async def chat(connection: ServerConnection) -> None:
        async for _ in connection:
            for number in range(COUNT):
                await connection.send(message(number).decode())

    async def run() -> None:
        async with serve_websockets(chat, "127.0.0.1", 0, compression=None, ping_interval=None) as server:
            pipe.send(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
            while await asyncio.to_thread(pipe.recv):
                pipe.send(_figures())

    asyncio.run(run())


def _open(url: str) -> socket.socket:
    netloc = urlsplit(url).netloc
    host, _, port = netloc.partition(":")
    connection = socket.create_connection((host, int(port)), timeout=60)
    connection.sendall(_UPGRADE.format(netloc=netloc).encode())
    head = b""
    while b"\r\n\r\n" not in head:
        head += connection.recv(4096)
    return connection


def _connections(url: str, pipe: Connection) -> float:
    before = asked(pipe)[0]
    for _ in range(OPENED):
        with _open(url) as connection:
            connection.sendall(_CLOSE)
            while connection.recv(4096):
                pass
    return (asked(pipe)[0] - before) / OPENED * 1e6


def _idle(url: str, pipe: Connection) -> float:
    with ExitStack() as stack:
        before = asked(pipe)[1]
        for _ in range(IDLE):
            stack.enter_context(_open(url))
        return (asked(pipe)[1] - before) / IDLE


def _messages(url: str, pipe: Connection) -> float:
    missing = sum(len(message(number)) + 2 for number in range(COUNT))
    with _open(url) as connection:
        before = asked(pipe)[0]
        connection.sendall(_ASK)
        while missing > 0:
            missing -= len(connection.recv(1 << 16))
        return (asked(pipe)[0] - before) / COUNT * 1e6


def rows(rounds: int = ROUNDS) -> list[Row]:
    return [
        _row("connection", _connections, rounds, "µs", f"connect, upgrade and close, {OPENED} times; CPU of the server",
             "A fake or a replay bears a load test."),
        _row("messages", _messages, rounds, "µs", "a message that is sent by itself; CPU of the server",
             "The fake's own work is not what a client's benchmark measures."),
        # In one round: what an earlier one freed would hide what idle sockets take.
        _row("idle", _idle, 0, "KiB", f"memory of an idle socket, of {IDLE}", "Thousands of sockets may stay open."),
    ]  # fmt: skip


def _row(key: str, act: Callable[[str, Connection], float], rounds: int, unit: str, what: str, means: str) -> Row:
    with process(_ours) as ours, process(_websockets) as theirs:
        if rounds:
            results = measure({"host": lambda: act(*ours), "websockets": lambda: act(*theirs)}, rounds)
            figure, peer = results["host"].median, median(results, "websockets")
        else:
            figure, peer = act(*ours), ("websockets", act(*theirs))
    return Row(key=f"host.{key}", what=what, means=means, unit=unit, ours=figure, peer=peer, goal=1)
