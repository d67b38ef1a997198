"""A TLS listener that keeps what a client shows of itself: ClientHello, HTTP/2 opening, and heads of requests.

What it answers over HTTP/2 a test can choose. Names no service.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import queue
import ssl
import tempfile
import threading
from collections.abc import Callable, Generator, Mapping
from pathlib import Path

import h2.config
import h2.connection
import h2.events
import h2.exceptions
import trustme

from tests.support.fingerprints.looks import Head, Look, Opening, Seen
from tests.support.fingerprints.tls_streams import TlsStreams

HOST = "localhost"
"""A name, for there is no server name in a ClientHello for an address."""

_LONGEST_HEAD = 1 << 20
_CLOSE_FRAME = b"\x88\x00"


class LookListener:
    """A running listener.

    Attributes:
        url: ``https://localhost:PORT``.
        ws_url: The same for sockets.
        authority: Path of the PEM file with its certificate authority.
    """

    def __init__(self, port: int, authority: str) -> None:
        self.port = port
        self.url = f"https://{HOST}:{port}"
        self.ws_url = f"wss://{HOST}:{port}"
        self.authority = authority
        self.arrived: queue.Queue[Seen] = queue.Queue()

    def seen(self, target: str, timeout: float = 20.0) -> Seen:
        """The next request for a target; others before it are forgotten.

        Raises:
            queue.Empty: None came in time.
        """
        while True:
            one = self.arrived.get(timeout=timeout)
            if one.head.target == target:
                return one


Answer = Callable[[h2.connection.H2Connection, int, bytes, bytes], None]
"""Answers the HTTP/2 stream of that number, of which all has come, with that content type and body."""

_PLAIN = h2.config.H2Configuration(
    client_side=False, header_encoding="latin-1", validate_inbound_headers=False, normalize_inbound_headers=False
)


def answer_plainly(connection: h2.connection.H2Connection, stream: int, kind: bytes, body: bytes) -> None:
    connection.send_headers(stream, [(b":status", b"200"), (b"content-type", kind)])
    connection.send_data(stream, body, end_stream=True)


def _head_of(text: str) -> Head:
    line, *lines = text.split("\r\n")
    method, target, _ = line.split(" ")
    return Head(
        method, target, tuple((name, value.strip()) for name, _, value in (one.partition(":") for one in lines))
    )


def _head_of_stream(event: h2.events.RequestReceived) -> Head:
    fields = tuple((str(name), str(value)) for name, value in event.headers)
    said = event.priority_updated
    priority = None if said is None else (int(said.weight), int(said.depends_on), bool(said.exclusive))
    return Head(dict(fields)[":method"], dict(fields)[":path"], fields, priority)


class _Conversation:
    """One connection's HTTP, in either version."""

    def __init__(self, tls: TlsStreams, arrived: queue.Queue[Seen], pages: Mapping[str, str], answer: Answer) -> None:
        self._tls = tls
        self._arrived = arrived
        self._pages = pages
        self._answer = answer
        self._answers: dict[int, tuple[bytes, bytes]] = {}

    async def run(self) -> None:
        await self._tls.handshake()
        assert self._tls.hello is not None
        self._look = Look(self._tls.hello, self._tls.protocol, resumed=self._tls.resumed)
        await (self._http2() if self._look.protocol == "h2" else self._http1())

    def _take(self, head: Head) -> tuple[bytes, bytes]:
        """Keep a head; the type and text of its answer."""
        self._look.heads.append(head)
        self._arrived.put(Seen(self._look, head))
        page = self._pages.get(head.target)
        return (b"application/json", b"{}") if page is None else (b"text/html", page.encode())

    async def _http1(self) -> None:
        rest = b""
        while True:
            while b"\r\n\r\n" not in rest:
                block = await self._tls.read()
                if not block or len(rest) > _LONGEST_HEAD:
                    return
                rest += block
            raw, _, rest = rest.partition(b"\r\n\r\n")
            head = _head_of(raw.decode("latin-1"))
            size = int(head.get("content-length") or 0)
            while len(rest) < size:
                rest += await self._tls.read()
            rest = rest[size:]
            kind, body = self._take(head)
            if (head.get("upgrade") or "").lower() == "websocket":
                await self._upgrade(head)
                return
            lines = (b"HTTP/1.1 200 OK", b"Content-Type: " + kind, b"Content-Length: %d" % len(body), b"", body)
            await self._tls.write(b"\r\n".join(lines))

    async def _upgrade(self, head: Head) -> None:
        salted = (head.get("sec-websocket-key") or "") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        accept = base64.b64encode(hashlib.sha1(salted.encode()).digest()).decode()
        switching = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        await self._tls.write(f"{switching}Sec-WebSocket-Accept: {accept}\r\n\r\n".encode())
        if await self._tls.read():  # clients here say nothing but goodbye
            await self._tls.write(_CLOSE_FRAME)

    async def _http2(self) -> None:
        connection = h2.connection.H2Connection(_PLAIN)
        connection.initiate_connection()
        await self._tls.write(connection.data_to_send())
        settings: dict[int, int] = {}
        window = 0
        while block := await self._tls.read():
            for event in connection.receive_data(block):
                if isinstance(event, h2.events.RemoteSettingsChanged):
                    settings |= {int(one): int(changed.new_value) for one, changed in event.changed_settings.items()}
                elif isinstance(event, h2.events.WindowUpdated) and event.stream_id == 0:
                    window += event.delta
                elif isinstance(event, h2.events.RequestReceived):
                    self._look.opening = self._look.opening or Opening(tuple(settings.items()), window)
                    self._answers[event.stream_id] = self._take(_head_of_stream(event))
                elif isinstance(event, h2.events.DataReceived):
                    connection.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                elif isinstance(event, h2.events.StreamEnded):
                    self._answer(connection, event.stream_id, *self._answers.pop(event.stream_id))
            await self._tls.write(connection.data_to_send())
            if connection.state_machine.state is h2.connection.ConnectionState.CLOSED:
                break  # an answer was a GOAWAY: what comes after it is nobody's business
        while await self._tls.read():
            pass


class _Running:
    """The asyncio side, in its thread."""

    def __init__(self, context: ssl.SSLContext, authority: str, pages: Mapping[str, str], answer: Answer) -> None:
        self.started: queue.Queue[LookListener] = queue.Queue()
        self._context = context
        self._authority = authority
        self._pages = pages
        self._answer = answer
        self._tasks: set[asyncio.Task[None]] = set()
        self.failures: list[BaseException] = []

    async def main(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._ending = asyncio.Event()
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        async with server:
            self._listener = LookListener(server.sockets[0].getsockname()[1], self._authority)
            self.started.put(self._listener)
            await self._ending.wait()
            server.close()
            for task in tuple(self._tasks):
                task.cancel()
            if self._tasks:
                await asyncio.wait(self._tasks, timeout=5)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            tls = TlsStreams(reader, writer, self._context)
            await _Conversation(tls, self._listener.arrived, self._pages, self._answer).run()
        except (ConnectionError, ssl.SSLError, asyncio.CancelledError):
            pass  # the client went away, or does not trust us, or the test is over
        except BaseException as error:
            self.failures.append(error)
        finally:
            writer.transport.abort()
            with contextlib.suppress(ConnectionError, TimeoutError):
                await asyncio.wait_for(writer.wait_closed(), 2.0)
            self._tasks.discard(task)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._ending.set)


def _context(authority: trustme.CA, protocols: tuple[str, ...], *, tickets: bool) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(HOST).configure_cert(context)
    if protocols:
        context.set_alpn_protocols(list(protocols))
    if not tickets:
        context.num_tickets = 0
        context.options |= ssl.OP_NO_TICKET
    return context


@contextlib.contextmanager
def look_listener(
    *,
    protocols: tuple[str, ...] = ("h2", "http/1.1"),
    pages: Mapping[str, str] | None = None,
    answer: Answer = answer_plainly,
    tickets: bool = False,
) -> Generator[LookListener]:
    """Run a listener, in a thread of its own. A client that breaks HTTP fails the test.

    Args:
        protocols: What it takes by ALPN; the first one that a client offers, too, counts.
        pages: HTML by target; all else is answered with an empty JSON object.
        answer: Answers over HTTP/2.
        tickets: Whether clients may resume TLS sessions.
    """
    authority = trustme.CA()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "ca.pem")
        authority.cert_pem.write_to_path(str(path))
        running = _Running(_context(authority, protocols, tickets=tickets), str(path), pages or {}, answer)
        thread = threading.Thread(target=asyncio.run, args=(running.main(),))
        thread.start()
        try:
            yield running.started.get(timeout=5)
        finally:
            running.stop()
            thread.join(10)
        assert not thread.is_alive()
    if running.failures:
        raise running.failures[0]
