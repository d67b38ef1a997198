import asyncio
import contextlib
import http.client
import json
import socket

import pytest

from fake_server.host.limits import Limits
from fake_server.host.server import serve
from fake_server.stage import Accept, Response
from harness.faults import Faults
from provider.websocket import Message, Opcode

NUMBERED = [
    json.dumps({"n": n, "event": "text" if n < 5 else "done", "delta": {"text": f"word{n}"}}) for n in range(1, 6)
]


class Numbers:
    """A service: five numbered messages on a socket, five numbered events in a stream, a number for a request.

    Attributes:
        requests: Paths that reached it.
        said: What clients said on sockets.
    """

    def __init__(self):
        self.requests = []
        self.said = []

    async def handle(self, request):
        self.requests.append(request.path)
        if request.path == "/refused":
            return Response(status=401)
        if request.upgrade:
            offered = request.header("sec-websocket-protocol")
            return Accept(run=self._talk, headers=(("sec-websocket-protocol", "numbers"),) if offered else ())
        if request.path == "/stream":
            return Response(headers=(("content-type", "text/event-stream"),), body=_events())
        if request.path == "/lines":
            lines = "".join(line + "\n" for line in NUMBERED).encode()
            return Response(headers=(("content-type", "application/x-ndjson"),), body=lines)
        return Response(
            headers=(("content-type", "application/json"),), body=b'{"text": "' + b"0123456789" * 20 + b'"}'
        )

    async def _talk(self, socket):
        for text in NUMBERED:
            await socket.send(Message(Opcode.TEXT, text.encode()))
        while isinstance(got := await socket.receive(), Message):
            self.said.append(got)
            if got.data == b"bye":
                await socket.close(1000, "as asked")
                return
            await socket.send(got)

    async def close(self):
        pass


async def _events():
    for text in NUMBERED:
        yield f"event: {json.loads(text)['event']}\ndata: {text}\n\n".encode()


@pytest.fixture
def numbers():
    return Numbers()


@pytest.fixture
def spoiled(numbers):
    """Starts the service behind fault rules, given as lines; returns its server."""
    with contextlib.ExitStack() as stack:

        def start(*lines):
            stage = Faults(numbers, lines)
            server = stack.enter_context(serve(stage, limits=Limits(close_timeout=0.2)))
            server.faults = stage
            return server

        yield start


def get(server, path="/", **headers):
    """A response by http.client, and its body; as much of both as comes."""
    connection = http.client.HTTPConnection(server.host, server.port, timeout=5)
    with contextlib.closing(connection):
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        return response, response.read()


def raw_get(server, path="/", seconds=0.3):
    """All bytes of a response, until the connection ends or nothing comes for a time; and how it ended."""
    with socket.create_connection((server.host, server.port), timeout=5) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {server.host}:{server.port}\r\n\r\n".encode())
        connection.settimeout(seconds)
        got = b""
        while True:
            try:
                piece = connection.recv(65536)
            except ConnectionResetError:
                return got, "reset"
            except TimeoutError:
                return got, "open"
            if not piece:
                return got, "eof"
            if len(got) > 20_000:
                return got, "endless"
            got += piece


def data_of(body):
    """The JSON of an SSE body's events."""
    return [json.loads(line[5:]) for line in body.decode().splitlines() if line.startswith("data:")]


def talk(server, *words, path="/ws", **options):
    """What a client of the websockets library gets on a socket until it ends: messages, then the close code, or what the client objects to."""

    async def run():
        import websockets

        got = []
        url = f"ws://{server.host}:{server.port}{path}"
        async with websockets.connect(url, proxy=None, close_timeout=0.3, **options) as client:
            try:
                for word in words:
                    await client.send(word)
            except websockets.ConnectionClosed:
                pass
            try:
                async with asyncio.timeout(0.6):
                    async for message in client:
                        got.append(message)
            except TimeoutError:
                return got, "open"
            except websockets.ConnectionClosed:
                pass
            sent = client.protocol.close_sent
            is_violation = client.protocol.close_rcvd is None and sent is not None
            return got, f"violation {sent.code}" if is_violation else client.close_code

    return asyncio.run(run())
