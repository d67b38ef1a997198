"""One exchange, three times: with the service itself, through a recording relay, and from the cassette."""

import asyncio
import gzip
from dataclasses import dataclass, field

from fake_server.host.server import serve
from harness.cassette.store import load
from harness.profile import ServiceProfile
from harness.record.options import RecordingOptions
from harness.record.recording import Recording
from harness.relay.relay import Relay
from harness.replay.player import Player
from provider.transport.types import Settings

PROFILE = ServiceProfile(name="test", upstream="https://service.test", secret_fields={"accessToken": "token"})
OF_THE_CONNECTION = {"transfer-encoding", "connection", "keep-alive", "date"}


@dataclass
class Heard:
    """An answer, its framing taken off."""

    line: str
    fields: list[tuple[str, str]]
    body: bytes
    trailers: list[tuple[str, str]] = field(default_factory=list)
    interim: list[str] = field(default_factory=list)

    def get(self, name):
        return [value for key, value in self.fields if key == name]


def fields_of(lines):
    pairs = [line.partition(":")[::2] for line in lines]
    return [(name.lower(), value.strip()) for name, value in pairs]


def heard(raw, *, is_head=False):
    interim = []
    while True:
        head, _, raw = raw.partition(b"\r\n\r\n")
        line, *rest = head.decode("latin-1").split("\r\n")
        if not line.startswith("HTTP/1.1 1"):
            break
        interim.append(line)
    fields = fields_of(rest)
    is_chunked = any(name == "transfer-encoding" for name, _ in fields)
    shown = [pair for pair in fields if pair[0] not in OF_THE_CONNECTION]
    if is_head or not is_chunked:
        return Heard(line, shown, raw, interim=interim)
    body = b""
    while size := int((split := raw.partition(b"\r\n"))[0] or b"0", 16):
        body, raw = body + split[2][:size], split[2][size + 2 :]
    trailers = fields_of(raw.partition(b"\r\n")[2].decode("latin-1").strip().splitlines())
    return Heard(line, shown, body, trailers, interim)


class Service:
    """Sends the same bytes to every client, and keeps the heads and bodies that it received."""

    def __init__(self, answer):
        self.answer = answer
        self.asked = []

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_):
        self._server.close()

    async def _serve(self, reader, writer):
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            body = b""
            low = head.lower()
            if b"chunked" in low:
                body = await reader.readuntil(b"0\r\n\r\n")
            elif b"content-length: " in low:
                body = await reader.readexactly(int(low.partition(b"content-length: ")[2].split(b"\r\n")[0]))
            self.asked.append((head, body))
            for piece in self.answer if isinstance(self.answer, list) else [self.answer]:
                writer.write(piece)
                await writer.drain()
        finally:
            writer.close()


async def ask(port, request):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request.replace(b"HOST", b"127.0.0.1:%d" % port))
    if b"\r\nUpgrade:" in request:
        writer.write_eof()  # it would stay open for another request
    try:
        async with asyncio.timeout(10):
            return heard(await reader.read(), is_head=request.startswith(b"HEAD"))
    finally:
        writer.close()


@dataclass
class Trip:
    """What each of the three ways brought, and what the recording holds."""

    direct: Heard
    recorded: Heard
    replayed: Heard
    asked: list
    exchange: object
    notes: tuple
    text: str

    @property
    def is_the_same(self):
        return self.direct == self.recorded and (self.direct.line, self.direct.fields, self.direct.body) == (
            self.replayed.line,
            self.replayed.fields,
            self.replayed.body,
        )


async def three_ways(folder, answer, request=b"GET /x HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n"):
    """Send `request` to a service that gives `answer`, through the relay, and to the player; a `Trip`."""
    path = folder / "session.yaml"
    kept = RecordingOptions(state_directory=folder / "state")
    async with Service(answer) as service:
        direct = await ask(service.port, request)
        with Recording(path, PROFILE, options=kept) as recording:
            origin = f"http://127.0.0.1:{service.port}"
            relay = Relay(origin, PROFILE, recording, settings=Settings(trust_environment=False))
            async with serve(relay) as server:
                recorded = await ask(server.port, request)
            notes = relay.notes
        asked = service.asked
    cassette = load(path)
    async with serve(Player(cassette, PROFILE)) as server:
        replayed = await ask(server.port, request)
    (exchange,) = cassette.exchanges
    return Trip(direct, recorded, replayed, asked, exchange, notes, path.read_text(encoding="utf-8"))


def answer(*fields, body=b"", status="200 OK", length=True):
    lines = [f"HTTP/1.1 {status}", *fields]
    if length:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def asking(method, target="/x", *fields, body=b""):
    return (
        "\r\n".join([f"{method} {target} HTTP/1.1", "Host: HOST", *fields, "Connection: close", "", ""]).encode(
            "latin-1"
        )
        + body
    )


TEXT = b'{"hello":"' + b"x" * 200 + b'"}'
JSON = "Content-Type: application/json"
GZIP = gzip.compress(TEXT, mtime=0)


def chunked(*pieces):
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
