"""One exchange, three times: with the service itself, through a recording relay, and from the cassette."""

import asyncio
import gzip
import zlib
from dataclasses import dataclass, field

import brotli
import pytest
import zstandard

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
    """Gives the same bytes to everybody, and keeps the heads and bodies that it got."""

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


@pytest.fixture
def trip(tmp_path):
    async def run(answer, request=b"GET /x HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n"):
        path = tmp_path / "session.yaml"
        kept = RecordingOptions(state_directory=tmp_path / "state")
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

    return run


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


# ---------------------------------------------------------------- lengths
@pytest.mark.parametrize(
    "fields",
    [
        ("Content-Length: 77150", "Accept-Ranges: bytes"),
        ("Content-Length: 0",),
        (JSON, "Content-Encoding: gzip", "Content-Length: 1234"),
        ("Content-Encoding: aws-chunked", "Content-Length: 5"),
    ],
)
async def test_head_says_the_length_and_the_coding_of_what_get_would_bring(trip, fields):
    done = await trip(answer(*fields, length=False), asking("HEAD"))
    assert done.is_the_same, done
    assert done.exchange.response.decoded is None


async def test_length_of_a_304_is_kept(trip):
    done = await trip(answer('ETag: "a"', "Content-Length: 9", status="304 Not Modified", length=False))
    assert done.is_the_same, done


@pytest.mark.parametrize("status", ["204 No Content", "205 Reset Content"])
async def test_answers_without_a_body_are_the_same(trip, status):
    fields = () if status.startswith("204") else ("Content-Length: 0",)
    done = await trip(answer("X-A: 1", *fields, status=status, length=False))
    assert done.is_the_same, done


@pytest.mark.parametrize("kind", ["application/json", "application/octet-stream"])
async def test_length_of_a_body_is_named(trip, kind):
    done = await trip(answer(f"Content-Type: {kind}", body=TEXT))
    assert sorted(done.recorded.fields) == sorted(done.direct.fields)
    assert done.recorded.body == done.replayed.body == TEXT
    assert "content-length" not in done.text


async def test_length_beside_chunks_counts_for_nothing(trip):
    fields = "Content-Type: image/png\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n"
    done = await trip(f"HTTP/1.1 200 OK\r\n{fields}".encode() + chunked(b"abc", b"de"))
    assert done.recorded.body == done.replayed.body == b"abcde"
    assert not done.recorded.get("content-length")


async def test_body_that_breaks_off_breaks_off_for_the_client_and_in_the_replay(trip):
    done = await trip(answer("Content-Type: text/plain", "Content-Length: 100", body=b"half", length=False))
    assert done.recorded.body.startswith(b"half") or done.recorded.body == b""
    assert [line.kind for line in done.exchange.response.stream] == ["text", "eof"]


# ---------------------------------------------------------------- content codings
@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("UTF-8", TEXT),
        ("none", TEXT),
        ("aws-chunked", TEXT),
        ("identity", TEXT),
        ("gzip", TEXT),
        ("br", TEXT),
        ("zstd", TEXT),
        ("deflate", b"\xff\xff\xff" + TEXT),
        ("gzip, none", GZIP),
        ("gzip", GZIP + gzip.compress(b"more", mtime=0)),
        ("gzip", GZIP + b"garbage"),
        ("gzip", GZIP[:-3]),
        ("br", brotli.compress(TEXT) + b"garbage"),
        ("gzip", b""),
    ],
)
async def test_coding_that_cannot_be_taken_off_passes_with_its_header_and_is_kept(trip, coding, body):
    done = await trip(answer(JSON, f"Content-Encoding: {coding}", body=body))
    for each in (done.recorded, done.replayed):
        assert (each.body, each.get("content-encoding")) == (body, [coding])
    assert (done.exchange.response.decoded, done.exchange.response.body.data) == (None, body)


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", GZIP),
        ("x-gzip", GZIP),
        ("GZip", GZIP),
        ("deflate", zlib.compress(TEXT)),
        ("deflate", zlib.compress(TEXT, wbits=-15)),
        ("br", brotli.compress(TEXT)),
        ("zstd", zstandard.compress(TEXT)),
        ("gzip, br", brotli.compress(GZIP)),
        ("identity, gzip", GZIP),
    ],
)
async def test_coding_that_is_known_is_taken_off(trip, coding, body):
    done = await trip(answer(JSON, f"Content-Encoding: {coding}", body=body))
    for each in (done.recorded, done.replayed):
        assert (each.body, each.get("content-encoding")) == (TEXT, [])
        assert each.get("content-length") == [str(len(TEXT))]
    taken_off = coding.lower().removeprefix("identity, ")
    assert (done.exchange.response.decoded, done.exchange.response.body.data) == (taken_off, TEXT)


async def test_secret_in_several_members_does_not_stay_in_the_cassette(trip):
    secret = b"q7Zk3vX9pLw2RtY8mN4"
    body = gzip.compress(b'{"accessToken":"' + secret + b'"}') + gzip.compress(b" ")
    done = await trip(answer(JSON, "Content-Encoding: gzip", body=body))
    assert secret in done.recorded.body
    kept = done.exchange.response
    assert (kept.decoded, kept.body.data) == ("gzip", b'{"accessToken":"wiretape-token-1"} ')


async def test_members_of_a_stream_that_comes_slowly_are_decoded_one_after_the_other(trip, tmp_path):
    go_on = asyncio.Event()

    class Slow(Service):
        async def _serve(self, reader, writer):
            await reader.readuntil(b"\r\n\r\n")
            fields = "Content-Type: text/event-stream\r\nContent-Encoding: gzip\r\nConnection: close\r\n"
            writer.write(f"HTTP/1.1 200 OK\r\n{fields}\r\n".encode() + gzip.compress(b"data: 1\n\n"))
            await go_on.wait()
            writer.write(gzip.compress(b"data: 2\n\n"))
            writer.close()

    kept = RecordingOptions(state_directory=tmp_path / "state")
    async with Slow(b"") as service:
        with Recording(tmp_path / "slow.yaml", PROFILE, options=kept) as recording:
            relay = Relay(
                f"http://127.0.0.1:{service.port}", PROFILE, recording, settings=Settings(trust_environment=False)
            )
            async with serve(relay) as server, asyncio.timeout(10):
                reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
                writer.write(asking("GET").replace(b"HOST", b"localhost"))
                first = await reader.readuntil(b"data: 1\n\n")
                go_on.set()
                rest = await reader.read()
                writer.close()
    assert b"content-encoding" not in first.lower()
    assert b"data: 2\n\n" in rest
    (call,) = load(tmp_path / "slow.yaml").exchanges
    assert [line.data for line in call.response.stream] == [b"data: 1\n\n", b"data: 2\n\n"]


# ---------------------------------------------------------------- requests
@pytest.mark.parametrize("method", ["patch", "get", "purge", "M-SEARCH", "QUERY", "PROPFIND", "DELETE", "Post"])
async def test_method_passes_and_is_kept_as_it_was_sent(trip, method):
    done = await trip(answer(JSON, body=TEXT), asking(method, "/x", "Content-Length: 3", body=b"abc"))
    assert {head.partition(b" ")[0].decode() for head, _ in done.asked} == {method}
    assert [body for _, body in done.asked] == [b"abc", b"abc"]
    assert done.exchange.method == method
    assert done.replayed.body == TEXT


@pytest.mark.parametrize(
    "target",
    [
        "/a%2fb",
        "/a%2Fb",
        "//double",
        "/a//b/",
        "/empty?",
        "/a?b?c=d&&e",
        "/a;params=1;b",
        "/a/../b/./c",
        "/%zz%",
        '/a?q={}|^`<>"',
        "/a+b?c+d=%20",
        "/" + "x" * 20000,
        "/?q=" + "y" * 20000,
        "/@host:80/",
        "/%E2%82%AC",
    ],
)
async def test_target_passes_byte_for_byte(trip, target):
    done = await trip(answer(JSON, body=TEXT), asking("GET", target))
    assert {head.split(b" ")[1].decode() for head, _ in done.asked} == {target}
    assert done.exchange.target == target
    assert done.replayed.body == TEXT


async def test_options_of_the_whole_service_pass(trip):
    done = await trip(answer("Allow: GET"), asking("OPTIONS", "*"))
    assert [head.partition(b"\r\n")[0] for head, _ in done.asked] == [b"OPTIONS * HTTP/1.1"] * 2
    assert done.exchange.target == "*"
    assert done.is_the_same, done


async def test_clients_own_fields_reach_the_service_in_their_order(trip):
    fields = (
        "User-AGENT: my-app/1.0",
        "X-A: 1",
        "accept: text/x-mine, */*;q=0.1",
        "cookie: a=b; c=d",
        "x-b: two",
        "x-a: 3",
        "accept-encoding: gzip",
        "x-latin: gr\xfc\xdfe",
        "x-empty:",
        "x-forwarded-for: 10.0.0.1",
        "content-length: 3",
        "content-type: text/x-mine",
    )
    done = await trip(answer(JSON, body=TEXT), asking("POST", "/x", *fields, body=b"abc"))
    direct, relayed = (head.decode("latin-1").split("\r\n")[2:-2] for head, _ in done.asked)
    assert [line.rstrip() for line in relayed] == [
        line.rstrip() for line in direct if not line.startswith("Connection")
    ]


@pytest.mark.parametrize("fields", [(), ("Content-Length: 0",)])
@pytest.mark.parametrize("method", ["GET", "DELETE", "PROPFIND"])
async def test_request_without_a_body_says_as_much_as_the_client_did(trip, method, fields):
    done = await trip(answer(), asking(method, "/x", *fields))
    assert [b"content-length" in head.lower() for head, _ in done.asked] == [bool(fields)] * 2


async def test_chunked_upload_stays_chunked(trip):
    body = b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    done = await trip(answer(), asking("POST", "/x", "Transfer-Encoding: chunked", body=body))
    head, sent = done.asked[1]
    assert b"transfer-encoding: chunked" in head.lower()
    assert b"content-length" not in head.lower()
    assert sent == b"5\r\nabcde\r\n0\r\n\r\n"
    assert done.exchange.request.body.data == b"abcde"


async def test_expectation_is_met_by_the_relay(tmp_path):
    async with Service(answer(body=b"done")) as service:
        with Recording(tmp_path / "x.yaml", PROFILE, options=RecordingOptions(journal=False)) as recording:
            relay = Relay(
                f"http://127.0.0.1:{service.port}", PROFILE, recording, settings=Settings(trust_environment=False)
            )
            async with serve(relay) as server, asyncio.timeout(10):
                reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
                writer.write(
                    asking("POST", "/x", "Expect: 100-continue", "Content-Length: 3").replace(b"HOST", b"localhost")
                )
                assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100 ")
                writer.write(b"abc")
                assert (await reader.read()).endswith(b"done")
                writer.close()
    ((head, body),) = service.asked
    assert b"expect" not in head.lower()
    assert body == b"abc"


# ---------------------------------------------------------------- answers
async def test_fields_of_an_answer_keep_order_repeats_and_latin_1(trip):
    done = await trip(
        answer("X-A: 1", "X-B: gr\xfc\xdfe", "Link: </a>", "X-A: 2", "Link: </b>", "Vary: a, b", body=b"x")
    )
    assert done.is_the_same, done


async def test_trailers_pass_and_are_replayed(trip):
    raw = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 7\r\nX-More: a\r\n\r\n"
    done = await trip(raw)
    assert done.recorded.trailers == done.replayed.trailers == [("x-sum", "7"), ("x-more", "a")]
    assert done.exchange.response.trailers == (("x-sum", "7"), ("x-more", "a"))
    assert not done.recorded.get("x-sum")


async def test_interim_answers_pass_at_once_are_counted_and_not_kept(trip):
    hints = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"
    done = await trip(b"HTTP/1.1 102 Processing\r\n\r\n" + hints + hints + answer(body=b"x"))
    assert done.recorded.interim == ["HTTP/1.1 102 Processing", "HTTP/1.1 103 Early Hints", "HTTP/1.1 103 Early Hints"]
    assert done.notes == (
        "an interim answer (102) was passed on, and not recorded",
        "an interim answer (103) was passed on, and not recorded (2 times)",
    )
    assert (done.exchange.response.status, done.replayed.interim) == (200, [])


# ---------------------------------------------------------------- refused upgrades
UPGRADE = asking(
    "GET",
    "/ws?x=%2f",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "User-Agent: mine",
).replace(b"Connection: close", b"Connection: Upgrade")


def chunked(*pieces):
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


@pytest.mark.parametrize(
    ("raw", "body"),
    [
        (answer(JSON, "Connection: close", body=b'{"error":"plan"}', status="403 Forbidden"), b'{"error":"plan"}'),
        (
            answer("WWW-Authenticate: Bearer", "Connection: close", body=b"sign in", status="401 Unauthorized"),
            b"sign in",
        ),
        (answer("Location: /elsewhere", "Connection: close", status="302 Found"), b""),
        (
            answer("Transfer-Encoding: chunked", "Connection: close", status="426 Upgrade Required", length=False)
            + chunked(b"use ", b"another"),
            b"use another",
        ),
        (b"HTTP/1.0 400 Bad Request\r\nContent-Type: text/plain\r\n\r\nuntil the end", b"until the end"),
        (answer(JSON, "Connection: close", body=b"{}"), b"{}"),
        (answer(JSON, "Connection: close", "Content-Encoding: gzip", body=GZIP, status="403 Forbidden"), TEXT),
        (answer("Connection: close", status="429 Too Many Requests", length=False) + b"slow down", b"slow down"),
    ],
)
async def test_body_of_a_refused_upgrade_passes_from_the_same_connection(trip, raw, body):
    done = await trip(raw, UPGRADE)
    assert len(done.asked) == 2, "once directly, and once through the relay"
    for each in (done.recorded, done.replayed):
        assert (each.line.split()[1], each.body) == (done.direct.line.split()[1], body)
    assert done.recorded.get("location") == done.direct.get("location")
    assert done.exchange.response.body.data == body
    head = done.asked[1][0]
    assert head.startswith(b"GET /ws?x=%2f HTTP/1.1\r\n")
    names = [line.partition(b":")[0].lower() for line in head.split(b"\r\n")[1:-2]]
    assert names == [line.partition(b":")[0].lower() for line in done.asked[0][0].split(b"\r\n")[1:-2]]


async def test_body_of_a_refused_upgrade_that_breaks_off_is_kept_as_far_as_it_came(trip):
    raw = answer("Content-Length: 100", "Content-Type: text/plain", body=b"half", status="403 Forbidden", length=False)
    done = await trip(raw, UPGRADE)
    assert [line.kind for line in done.exchange.response.stream] == ["text", "eof"]
