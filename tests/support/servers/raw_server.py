"""A scripted server that speaks raw bytes: handshake, frames, and every way to break them. Shares no code with ours."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import queue
import socket
import ssl
import struct
import threading
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


def frame(opcode: int, payload: bytes = b"", *, fin: bool = True, rsv: int = 0, mask: bytes | None = None) -> bytes:
    """The bytes of one frame."""
    head = bytes([(0x80 if fin else 0) | rsv << 4 | opcode])
    masked = 0x80 if mask is not None else 0
    size = len(payload)
    if size < 126:
        head += bytes([masked | size])
    elif size < 65536:
        head += struct.pack("!BH", masked | 126, size)
    else:
        head += struct.pack("!BQ", masked | 127, size)
    if mask is None:
        return head + payload
    return head + mask + unmask(payload, mask)


def unmask(payload: bytes, key: bytes) -> bytes:
    """XOR with the key, over and over."""
    repeated = (key * (len(payload) // 4 + 1))[: len(payload)]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(repeated, "big")).to_bytes(len(payload), "big")


@dataclass
class RawRequest:
    """A request as it came: nothing sorted, nothing lowered."""

    line: str
    fields: list[tuple[str, str]]
    body: bytes = b""

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.fields]

    def get(self, name: str) -> str | None:
        return next((value for key, value in self.fields if key.lower() == name.lower()), None)


@dataclass
class Connection:
    """One connection, for a script."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    server: RawServer
    request: RawRequest = field(default_factory=lambda: RawRequest("", []))

    async def read_request(self) -> RawRequest:
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        line, *rest = head.split("\r\n")[:-2]
        self.request = RawRequest(line, [(f.partition(":")[0], f.partition(":")[2].strip()) for f in rest])
        self.request.body = await self.reader.readexactly(int(self.request.get("content-length") or 0))
        self.server.requests.append(self.request)
        return self.request

    async def send(self, *pieces: bytes) -> None:
        self.writer.write(b"".join(pieces))
        await self.writer.drain()

    async def upgrade(self, *then: bytes, accept: str | None = None, fields: str = "") -> None:
        """Answer 101, with ``then`` in the same segment."""
        key = self.request.get("sec-websocket-key") or ""
        if accept is None:
            digest = hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
            accept = base64.b64encode(digest).decode()
        head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        await self.send(f"{head}Sec-WebSocket-Accept: {accept}\r\n{fields}\r\n".encode(), *then)

    async def answer(self, status: str, body: bytes = b"", fields: str = "") -> None:
        await self.send(f"HTTP/1.1 {status}\r\n{fields}Content-Length: {len(body)}\r\n\r\n".encode(), body)

    async def read_frame(self) -> tuple[int, bytes]:
        """The client's next frame, unmasked; unmasked ones are refused."""
        first, second = await self.reader.readexactly(2)
        size = second & 0x7F
        if size == 126:
            (size,) = struct.unpack("!H", await self.reader.readexactly(2))
        elif size == 127:
            (size,) = struct.unpack("!Q", await self.reader.readexactly(8))
        assert second & 0x80, "clients mask"
        key = await self.reader.readexactly(4)
        return first & 0x0F, unmask(await self.reader.readexactly(size), key)

    async def answer_close(self) -> None:
        """Read frames until the client closes, and answer that."""
        while True:
            opcode, payload = await self.read_frame()
            if opcode == CLOSE:
                await self.send(frame(CLOSE, payload))
                return

    async def until_gone(self) -> None:
        """Read until the client ends the connection."""
        while await self.reader.read(65536):
            pass

    def fin(self) -> None:
        """End the connection politely."""
        self.writer.close()

    def reset(self) -> None:
        """End the connection by RST."""
        peer: socket.socket = self.writer.get_extra_info("socket")
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    def tell(self, what: Any) -> None:
        """Say something to the test."""
        self.server.told.put(what)

    async def wait(self, event: threading.Event) -> None:
        """Wait for the test."""
        assert await asyncio.to_thread(event.wait, 60.0)


Script = Callable[[Connection], Awaitable[None]]


class RawServer:
    """A running server.

    Attributes:
        requests: All that came, as they came.
        told: What scripts told the test.
        go: Set by the test when a script shall go on.
        gone: Set when a connection's script is over.
    """

    def __init__(self, port: int, scheme: str) -> None:
        self.port = port
        self.url = f"http{scheme}://127.0.0.1:{port}"
        self.ws_url = f"ws{scheme}://127.0.0.1:{port}/chat?api-version=2"
        self.requests: list[RawRequest] = []
        self.told: queue.Queue[Any] = queue.Queue()
        self.go = threading.Event()
        self.gone = threading.Event()

    def hears(self, timeout: float = 5.0) -> Any:
        """What a script tells next."""
        return self.told.get(timeout=timeout)


class _Running:
    """The asyncio side of a server, in its thread."""

    def __init__(self, script: Script, context: ssl.SSLContext | None) -> None:
        self.started: queue.Queue[RawServer] = queue.Queue()
        self.failures: list[BaseException] = []
        self._script = script
        self._context = context
        self._tasks: set[asyncio.Task[Any]] = set()

    async def main(self) -> None:
        self._ending = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._loop.set_exception_handler(lambda *_: None)  # TLS handshakes that the client refuses
        patience = {"ssl_shutdown_timeout": 0.1} if self._context else {}
        listening = await asyncio.start_server(
            self._connected, "127.0.0.1", 0, ssl=self._context, limit=1 << 20, **patience
        )
        async with listening:
            self._server = RawServer(listening.sockets[0].getsockname()[1], "s" if self._context else "")
            self.started.put(self._server)
            await self._ending.wait()
            closed = asyncio.ensure_future(listening.wait_closed())
            await asyncio.sleep(0)  # asked before closing, this waits for all connections in Python 3.11, too
            listening.close()
            for task in self._tasks:
                task.cancel()
            if self._tasks:
                await asyncio.wait(self._tasks, timeout=5)
            await asyncio.wait([closed], timeout=5)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._script(Connection(reader, writer, self._server))
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client went away, or the test is over
        except BaseException as error:
            self.failures.append(error)
        finally:
            self._server.gone.set()
            writer.close()
            with contextlib.suppress(ConnectionError, ssl.SSLError, TimeoutError):
                await asyncio.wait_for(writer.wait_closed(), 2.0)
            self._tasks.discard(task)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._ending.set)


@contextlib.contextmanager
def serve_raw(script: Script, context: ssl.SSLContext | None = None) -> Iterator[RawServer]:
    """Run ``script`` for every connection, in a thread of its own. What a script raises fails the test."""
    running = _Running(script, context)
    thread = threading.Thread(target=asyncio.run, args=(running.main(),))
    thread.start()
    server = running.started.get(timeout=5)
    try:
        yield server
    finally:
        server.go.set()
        running.stop()
        thread.join(10)
    assert not thread.is_alive()
    if running.failures:
        raise running.failures[0]
