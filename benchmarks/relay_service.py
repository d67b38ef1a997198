"""What the relay's benchmarks record: a service and its recorders in processes, and a client of bare sockets."""

from __future__ import annotations

import json
import os
import random
import socket
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.processes import DEADLINE, cpu
from benchmarks.service import message
from fake_server import Accept, Answer, Request, Response, Socket, serve
from harness.record.options import RecordingOptions
from harness.sessions import recording
from provider.websocket import Ended, Message, Opcode

BODY = 4 << 20
_ASK = b'{"event":"ping"}'
_UPGRADE = (
    "GET /c/api/chat?count={count} HTTP/1.1\r\nHost: {netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


def wanted(count: int) -> int:
    """Bytes of so many messages, framed."""
    return sum(len(message(number)) + 2 for number in range(count))


class Upstream:
    """Answers each message on a socket with ``count`` messages, and each call with a body of the kind that it names."""

    @staticmethod
    def _body(kind: str, number: str) -> tuple[str, bytes]:
        """Media type and content; no two numbers have the same, since bytes that were seen before cost less."""
        if kind == "json":
            line = {"title": f"Page {number}", "text": f"It says this: {number}. ", "more": "of no interest at all"}
            return "application/json", json.dumps([line] * (BODY // (len(json.dumps(line)) + 2))).encode()
        if kind == "png":
            return "image/png", b"\x89PNG\r\n\x1a\n" + random.Random(number).randbytes(BODY)
        if kind == "small":
            return "application/json", b'{"text": "Hello", "language": "en", "choices": ["More", "Less"]}'
        return "text/plain", b""

    async def handle(self, request: Request) -> Answer:
        kind, _, count = request.target.rpartition("=")
        if request.upgrade:
            messages = [Message(Opcode.TEXT, message(number)) for number in range(int(count))]
            return Accept(run=lambda accepted: self._run(accepted, messages))
        path, _, kind = kind.partition("?")
        media, body = self._body(kind, path.rpartition("/")[2])
        return Response(headers=(("content-type", media),), body=body)

    @staticmethod
    async def _run(accepted: Socket, messages: list[Message]) -> None:
        while not isinstance(await accepted.receive(), Ended):
            for each in messages:
                await accepted.send(each)

    async def close(self) -> None:
        """Do nothing: this stage holds no resources."""


def upstream(pipe: Connection) -> None:
    """The service, as a process."""
    with serve(Upstream()) as server:
        pipe.send(server.url)
        pipe.recv()


def peak() -> float:
    """MiB that this process had at most."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024


def record(pipe: Connection, url: str, options: RecordingOptions) -> None:
    """A recorder, as a process: answers with its peak and its CPU; in the end also with the seconds of writing."""
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".benchmark-") as folder:
        os.environ["XDG_STATE_HOME"] = str(Path(folder) / "state")
        with recording(Path(folder) / "x.yaml", url, options=options) as running:
            pipe.send(running.url)
            while pipe.recv():
                pipe.send((peak(), cpu()))
            began = time.perf_counter()
        pipe.send((peak(), time.perf_counter() - began))


@contextmanager
def chat(url: str, count: int) -> Generator[Callable[[], tuple[float, float]]]:
    """A socket; calling what is given asks once: seconds until the first byte, and until the last."""
    netloc = urlsplit(url).netloc
    host, _, port = netloc.partition(":")
    all_bytes, buffer = wanted(count), bytearray(1 << 20)
    with socket.create_connection((host, int(port)), timeout=DEADLINE) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(_UPGRADE.format(netloc=netloc, count=count).encode())
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += connection.recv(1)

        def ask() -> tuple[float, float]:
            begun = time.perf_counter()
            connection.sendall(bytes((0x81, 0x80 | len(_ASK), 0, 0, 0, 0)) + _ASK)
            received = connection.recv_into(buffer)
            first = time.perf_counter() - begun
            while received < all_bytes:
                received += connection.recv_into(buffer) or _ended(received)
            return first, time.perf_counter() - begun

        yield ask


def _ended(received: int) -> int:
    raise RuntimeError(f"the server ended after {received} bytes")


def small_call(connection: socket.socket, host: str) -> float:
    """Seconds of one small REST call on an open connection."""
    begun = time.perf_counter()
    connection.sendall(f"GET /c/api/greeting?small=1 HTTP/1.1\r\nHost: {host}\r\nAccept: */*\r\n\r\n".encode())
    answer = b""
    while b'"Less"]}' not in answer:
        answer += connection.recv(65536) or bytes(_ended(len(answer)))
    return time.perf_counter() - begun
