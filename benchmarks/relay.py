"""The recording relay beside the direct connection: throughput, first token, and memory over a session of 200 MB."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import socket
import tempfile
import time
import urllib.request
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager, suppress
from multiprocessing.connection import Connection
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.rounds import measure, report
from fake_server import Accept, Answer, Request, Response, Socket, serve
from harness.record.options import RecordingOptions
from harness.sessions import recording
from provider.websocket import Ended, Message, Opcode

COUNT = 5_000
"""Messages of one answer, when messages a second are counted."""
PAUSES = 40
"""Answers, when the first token is timed."""
_MIB = 1 << 20
_BODY = 4 * _MIB
SESSION = (("json", 36), ("png", 10), ("messages", 16))
"""The session of 200 MB: so many times 4 MiB of JSON and of pictures, and so many MiB of messages."""
_DEADLINE = 600.0
_ASK = b'{"event":"ping"}'
_UPGRADE = (
    "GET /c/api/chat?count={count} HTTP/1.1\r\nHost: {netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


def _message(number: int) -> bytes:
    return b'{"event":"appendText","messageId":"a1b2c3","partId":"p1","text":"Hello wo ","id":"%d"}' % number


def _wanted(count: int) -> int:
    return sum(len(_message(number)) + 2 for number in range(count))


class Upstream:
    """Answers each message on a socket with ``count`` messages, and each call with a body of the kind that it names."""

    def __init__(self) -> None:
        pick = random.Random(1)  # the same bytes in every run
        line = {"title": "A page", "text": "It says this. ", "more": "of no interest at all"}
        repeats = _BODY // (len(json.dumps(line)) + 2)
        self._bodies = {
            "json": ("application/json", json.dumps([line] * repeats).encode()),
            "png": ("image/png", b"\x89PNG\r\n\x1a\n" + pick.randbytes(_BODY)),
        }

    async def handle(self, request: Request) -> Answer:
        kind, _, count = request.target.rpartition("=")
        if request.upgrade:
            messages = [Message(Opcode.TEXT, _message(number)) for number in range(int(count))]
            return Accept(run=lambda accepted: self._run(accepted, messages))
        media, body = self._bodies.get(kind.partition("?")[2], ("text/plain", b""))
        return Response(headers=(("content-type", media),), body=body)

    @staticmethod
    async def _run(accepted: Socket, messages: list[Message]) -> None:
        while not isinstance(await accepted.receive(), Ended):
            for message in messages:
                await accepted.send(message)

    async def close(self) -> None:
        """Nothing to let go of."""


def _serve(pipe: Connection) -> None:
    with serve(Upstream()) as server:
        pipe.send(server.url)
        pipe.recv()


def _peak() -> float:
    """MiB that this process had at most."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024


def _record(pipe: Connection, upstream: str, options: RecordingOptions) -> None:
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".benchmark-") as folder:
        os.environ["XDG_STATE_HOME"] = str(Path(folder) / "state")
        with recording(Path(folder) / "x.yaml", upstream, options=options) as running:
            pipe.send(running.url)
            while pipe.recv():
                pipe.send(_peak())
            began = time.perf_counter()
        pipe.send((_peak(), time.perf_counter() - began))


@contextmanager
def _process(target: Callable[..., None], *arguments: object) -> Generator[tuple[str, Connection]]:
    ours, theirs = multiprocessing.Pipe()
    context = multiprocessing.get_context("spawn")
    running = context.Process(target=target, args=(theirs, *arguments), daemon=True)
    running.start()
    try:
        if not ours.poll(_DEADLINE):
            raise RuntimeError("the server did not start")
        yield ours.recv(), ours
        with suppress(OSError):  # it may have ended
            ours.send(False)
        running.join(_DEADLINE)
    finally:
        running.kill()
        running.join(10)


@contextmanager
def _chat(url: str, count: int) -> Generator[Callable[[], tuple[float, float]]]:
    """A socket; calling what is given asks once: seconds until the first byte, and until the last."""
    netloc = urlsplit(url).netloc
    host, _, port = netloc.partition(":")
    wanted, buffer = _wanted(count), bytearray(1 << 20)
    with socket.create_connection((host, int(port)), timeout=_DEADLINE) as connection:
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
            while received < wanted:
                received += connection.recv_into(buffer) or _ended(received)
            return first, time.perf_counter() - begun

        yield ask


def _ended(received: int) -> int:
    raise RuntimeError(f"the server ended after {received} bytes")


def _messages_a_second(url: str) -> float:
    with _chat(url, COUNT) as ask:
        return COUNT / ask()[1]


def _first_token(url: str) -> float:
    with _chat(url, 3) as ask:
        return sorted(ask()[0] for _ in range(PAUSES))[PAUSES // 2] * 1e3


def _play(url: str) -> float:
    """The session of 200 MB; MiB that came."""
    received = 0
    for kind, times in SESSION:
        for number in range(times):
            if kind == "messages":
                count = _MIB // len(_message(0))
                with _chat(url, count) as ask:
                    ask()
                received += _wanted(count)
                continue
            with urllib.request.urlopen(f"{url}/body/{number}?{kind}=1", timeout=_DEADLINE) as answer:
                received += len(answer.read())
    return received / _MIB


def _memory(upstream: str) -> None:
    with _process(_record, upstream, RecordingOptions()) as (url, pipe):
        pipe.send(True)
        before = pipe.recv()
        begun = time.perf_counter()
        received = _play(url)
        took = time.perf_counter() - begun
        pipe.send(True)
        during = pipe.recv()
        pipe.send(False)
        if not pipe.poll(_DEADLINE):
            raise RuntimeError("the cassette was not written in time")
        after, writing = pipe.recv()
    print(
        f"\nRelay: memory over a session of {received:.0f} MiB, {took:.0f} s; writing the cassette took {writing:.0f} s"
    )
    for name, peak in (("when it started", before), ("when the session ended", during), ("cassette written", after)):
        print(f"  peak RSS {name:<35} {peak:12.0f} MiB")


def main() -> None:
    with ExitStack() as stack:
        direct, _ = stack.enter_context(_process(_serve))
        plain, _ = stack.enter_context(_process(_record, direct, RecordingOptions()))
        durable, _ = stack.enter_context(_process(_record, direct, RecordingOptions(durable=True)))
        urls = {"direct": direct, "relay": plain, "relay --durable": durable}
        speed = measure({name: lambda url=url: _messages_a_second(url) for name, url in urls.items()})
        token = measure({name: lambda url=url: _first_token(url) for name, url in urls.items()})
    slower = {"direct / relay": ("direct", "relay", "-"), "relay / relay --durable": ("relay", "relay --durable", "-")}
    report(f"Relay: {COUNT} messages of ~90 bytes, messages a second (more is better)", "/s", speed, slower)
    later = {"relay / direct": ("relay", "direct", "-"), "relay --durable / relay": ("relay --durable", "relay", "-")}
    report(f"Relay: first message of an answer, median of {PAUSES} (less is better)", "ms", token, later)
    with _process(_serve) as (url, _):
        _memory(url)
