"""The inputs that fuzzing starts from: made of the project's own files, and every input that was once a finding."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

import msgspec

from harness.cassette.model import Recorded, SocketExchange
from harness.cassette.store import load
from harness.faults.table import FAULTS
from harness.record.events import (
    ExchangeAborted,
    MessagePassed,
    Piece,
    RequestBegan,
    RequestBody,
    ResponseBegan,
    ResponseEnded,
    ResponsePieces,
    SocketEnded,
)
from harness.record.journal_format import JournalHead, Learnt, RecordingEnded
from tests.support.project.tree import ROOT

KEPT = ROOT / "tests" / "data" / "fuzz"
"""Former findings: one folder for each target, one file for each input."""
SMALL = ("text-2026", "rest-401-2026", "conversation-2026", "image-2026", "cut-2026", "close-1011-2026")
_MOST_WORDS = 500
_TIME = "2026-11-23T05:00:00Z"
_UPGRADE = (
    b"GET /chat?a=b HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\n"
    b"sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
_KEY = b"\x01\x02\x03\x04"


def _cassettes() -> Iterator[bytes]:
    for name in SMALL:
        yield (ROOT / "cassettes" / f"{name}.yaml").read_bytes()
    yield (ROOT / "examples" / "guide" / "cassettes" / "greeting.yaml").read_bytes()


def _entry(**more: object) -> dict[str, object]:
    request = {
        "method": "POST",
        "url": "https://service.example/items?a=1",
        "httpVersion": "HTTP/1.1",
        "headers": [{"name": "Content-Type", "value": "application/json"}],
        "postData": {"mimeType": "application/json", "text": '{"a": 1}'},
    }
    content = {"mimeType": "text/event-stream", "text": "ZGF0YTogYQoKZGF0YTogYgoK", "encoding": "base64", "size": 16}
    response = {"status": 200, "statusText": "OK", "headers": [{"name": "Date", "value": "x"}], "content": content}
    timings = {"send": 0, "wait": 1.5, "receive": 2}
    return {"startedDateTime": _TIME, "time": 3.5, "request": request, "response": response, "timings": timings, **more}


def _hars() -> Iterator[bytes]:
    messages = [
        {"type": "send", "time": 1700000000.1, "opcode": 1, "data": '{"event":"send"}'},
        {"type": "receive", "time": 1700000000.2, "opcode": 2, "data": "AAEC"},
    ]
    socket = _entry(_resourceType="websocket", _webSocketMessages=messages)
    for entries in ([_entry()], [socket], [_entry(), socket]):
        head = {"version": "1.2", "creator": {"name": "WebInspector", "version": "537.36"}, "entries": entries}
        yield json.dumps({"log": head}).encode()
    real = (ROOT / "tests" / "data" / "har" / "playwright-1.65.2-plain-minimal.har").read_bytes()
    yield real.replace(b"http://127.0.0.1:28801", b"https://service.example")


def _journals() -> Iterator[bytes]:
    head = JournalHead(cassette="/x.yaml", profile="neutral", recorded=Recorded(at=_TIME, by="relay"))
    call = [
        RequestBegan(exchange=0, at=1, method="POST", target="/a?b=c", headers=(("host", "x"),)),
        RequestBody(exchange=0, at=2, data=b'{"a": 1}'),
        ResponseBegan(exchange=0, at=3, status=200, headers=(("content-type", "text/plain"),)),
        ResponsePieces(exchange=0, at=4, pieces=(Piece(4, b"one"), Piece(5, b"two"))),
        ResponsePieces(exchange=0, at=5, pieces=(Piece(6, b"three"),), joined=True),
        ResponseEnded(exchange=0, at=6, trailers=(("x-a", "b"),)),
    ]
    socket = [
        RequestBegan(exchange=1, at=7, method="GET", target="/chat", upgrade=True),
        RequestBody(exchange=1, at=7, data=b""),
        ResponseBegan(exchange=1, at=8, status=101),
        MessagePassed(exchange=1, at=9, direction=">", kind="text", data=b'{"a": "b"}', frames=(4, 6)),
        MessagePassed(exchange=1, at=10, direction="<", kind="binary", data=b"\x00\xff"),
        MessagePassed(exchange=1, at=11, direction="<", kind="ping", data=b"p"),
        SocketEnded(exchange=1, at=12, direction="<", kind="close", code=1000, reason=b"bye"),
        SocketEnded(exchange=1, at=13, direction=">", kind="close", code=1000),
    ]
    aborted = [
        RequestBegan(exchange=2, at=14, method="GET", target="/b"),
        ExchangeAborted(exchange=2, at=15, by="client"),
    ]
    end = [Learnt(labels=("token",)), RecordingEnded(until=20)]
    for records in (call, socket, [*call, *socket, *aborted], [*call, *aborted, *end], [*socket, *end]):
        yield b"\n".join(map(msgspec.json.encode, (head, *records)))


def _events() -> Iterator[bytes]:
    seen = set[bytes]()
    for name in (*SMALL, "search-2026", "suggestions-2026", "reasoning-2026", "challenge-hashcash-2026"):
        for exchange in load(ROOT / "cassettes" / f"{name}.yaml").exchanges:
            if isinstance(exchange, SocketExchange):
                seen |= {line.data for line in exchange.messages if line.direction == "<" and line.kind == "text"}
    yield from sorted(seen)
    yield rb'{"event":"appendText","text":"\ud83d","messageId":"m","partId":"p"}'


def _hosts() -> Iterator[bytes]:
    post = b"POST /a HTTP/1.1\r\nhost: localhost\r\n"
    yield b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\nGET /b HTTP/1.0\r\n\r\n"
    yield post + b"content-length: 3\r\nexpect: 100-continue\r\n\r\nabc"
    yield post + b"transfer-encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nx-a: b\r\n\r\n"
    yield b"CONNECT example.com:443 HTTP/1.1\r\nhost: example.com:443\r\n\r\n"
    yield b"OPTIONS * HTTP/1.1\r\nhost: localhost\r\norigin: http://localhost\r\naccess-control-request-method: GET\r\n\r\n"
    for frames in _frames():
        yield _UPGRADE + frames[1:]


def _frame(first: int, payload: bytes) -> bytes:
    size = len(payload)
    head = bytes((first, 0x80 | size)) if size < 126 else bytes((first, 0xFE)) + size.to_bytes(2, "big")
    return head + _KEY + bytes(each ^ _KEY[index % 4] for index, each in enumerate(payload))


def _frames() -> Iterator[bytes]:
    close = _frame(0x88, b"\x03\xe8bye")
    yield b"\x00" + _frame(0x81, b"text") + _frame(0x82, b"\x00\xff") + close
    yield b"\x01" + _frame(0x01, b"te") + _frame(0x89, b"ping") + _frame(0x80, b"xt") + close
    yield b"\x07" + _frame(0x81, b"\xff") + _frame(0x8A, b"pong") + _frame(0x88, b"")
    yield b"\x00" + _frame(0x81, b"a" * 300)


def _profiles() -> Iterator[bytes]:
    for path in sorted((ROOT / "harness" / "services" / "profiles").glob("*.toml")):
        yield path.read_bytes().replace(b"[services.", b"[services.own-")


def _faults() -> Iterator[bytes]:
    for name in FAULTS:
        yield name.encode()
    yield from (
        b"cut after 3 messages of /chat",
        b"status 429 retry-after=2 at request 1 of POST /v1/*",
        b"duplicate at message where event=done always",
        b"lose at every message in 5% seed 7",
        b'close 1012 reason="going away" after 2 messages',
        b"stall after 2.5s of the socket",
        b"change delta.text to=x at event 2 3 times",
        b"delay 0.25 jitter=1 at every event of GET /stream",
    )


_SEEDS: dict[str, Callable[[], Iterator[bytes]]] = {
    "cassette": _cassettes,
    "har": _hars,
    "journal": _journals,
    "events": _events,
    "host": _hosts,
    "frames": _frames,
    "profile": _profiles,
    "fault": _faults,
}


def seeds(name: str) -> list[bytes]:
    """The inputs that a target starts from."""
    return list(_SEEDS[name]())


def dictionary(name: str) -> str:
    """The words of the seeds, as libFuzzer's option ``-dict`` takes them: it puts whole words where bytes lead nowhere."""
    words = {each for seed in seeds(name) for each in re.findall(rb"[A-Za-z][\w./-]{1,30}", seed)}
    return "".join(f'"{each.decode()}"\n' for each in sorted(words)[:_MOST_WORDS])


def kept(name: str) -> list[bytes]:
    """The former findings of a target."""
    return [path.read_bytes() for path in sorted((KEPT / name).glob("*"))]
