"""A session that holds all of `canary_spots.SPOTS`: the service and the client."""

from __future__ import annotations

import base64
import http.client
import json
import logging
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from websockets.sync.client import connect

from fake_server.stage import Accept, Request, Response
from provider.websocket import Ended, Message, Opcode
from tests.support.secrets.canary_spots import SPOTS, by_place
from tests.support.servers.stages import StageOf

PLACES = by_place()
_DELTAS = 3
_UNHEARD = logging.Logger("the test's own client", logging.CRITICAL + 1)  # noqa: LOG001  # nobody else is to have it


def texts(place):
    return [spot.text for spot in PLACES[place]]


def headers(place):
    return [tuple(text.split(": ", 1)) for text in texts(place)]


def plain_headers(place):
    return [(f"x-plain-{number}", text) for number, text in enumerate(texts(place))]


def taught(when):
    """A JSON document that shows what is repeated elsewhere to be secret."""
    return json.dumps([{"secret": spot.secret} for spot in SPOTS if spot.taught == when])


def halves(text, parts=2):
    size = -(-len(text) // parts)
    return [text[at : at + size] for at in range(0, len(text), size)]


def pieces_of(text, parts):
    """Pieces that end within no escape."""
    if "\\" not in text:
        return halves(text, parts)
    size = 6 * (len(text) // 6 // parts)
    return [text[:size], *([text[size:]] if parts > 1 else [])]


def delta(text):
    return f'{{"event":"appendText","messageId":"m","partId":"0","text":"{text}"}}'


def sent():
    """The client's messages: opcode and bytes."""
    yield from ((1, text if text[0] in "{[" else f'{{"event":"x","y":"{text}"}}') for text in texts("sent"))
    for text in texts("sent in two"):
        yield from ((1, half) for half in halves(text))


def received():
    """The service's messages: opcode, text, and into how many frames they are cut."""
    for text in texts("received"):
        yield 1, text if text[0] in "{[" else f'{{"event":"x","y":"{text}"}}', 1
    for text in texts("received in two frames"):
        yield 1, text, 2
    for text in texts("binary"):
        yield 2, f"\x00\x01{text}\x02", 1
    for text in texts("deltas"):
        yield from ((1, delta(piece), 1) for piece in pieces_of(text, _DELTAS))
        yield 1, delta(". "), 1


@dataclass
class Asked:
    """One call of the session, as the client makes it and the service answers it."""

    method: str
    target: str
    headers: list = field(default_factory=list)
    body: str = ""
    answer_headers: list = field(default_factory=list)
    answer: str = ""
    chunks: int = 1


def calls() -> Iterator[Asked]:
    """The calls before the socket."""
    yield Asked("GET", "/c/api/early", answer=taught("early"))
    yield Asked(
        "POST",
        "/c/api/own?" + "&".join(texts("query")),
        [*headers("request header"), ("content-type", "application/json")],
        "\n".join(texts("request body")),
        headers("response header"),
        "\n".join(texts("response body")),
    )
    yield Asked("POST", "/c/api/form", headers("form header"), "&".join(texts("form")))
    yield Asked("POST", "/c/api/parts", [("content-type", "multipart/form-data; boundary=b")], texts("multipart")[0])
    yield Asked("GET", "/c/api/user", answer=json.dumps([json.loads(text) for text in texts("user")]))
    repeated = "/".join(text.replace("+", "%2B") for text in texts("path"))
    yield Asked(
        "GET",
        f"/c/api/repeated/{repeated}",
        plain_headers("plain request header"),
        "",
        plain_headers("plain response header"),
    )
    yield Asked("GET", "/c/api/chunked", answer="\n".join(texts("chunked")), chunks=40)
    stream = [("content-type", "text/event-stream")]
    yield Asked("GET", "/c/api/stream", [], "", stream, "".join(texts("stream")), 5)


LATE = Asked("GET", "/c/api/late", answer=taught("late"))
SOCKET = "/c/api/chat?api-version=2&" + "&".join(texts("socket query"))


def _first(target):
    """The part of a path that tells the calls apart; of what comes after it, libcurl changes the spelling."""
    return "".join(target.partition("?")[0].split("/")[3:4])


def service():
    """The service's side, as a stage."""
    known = {_first(asked.target): asked for asked in (*calls(), LATE)}

    async def run(socket):
        for opcode, text, frames in received():
            data = text.encode("latin-1")
            sizes = tuple(map(len, halves(data))) if frames > 1 else ()
            await socket.send(Message(Opcode(opcode), data, sizes))
        while not isinstance(message := await socket.receive(), Ended):
            if message.data == b"bye":
                await socket.close(1000, texts("server's reason")[0])

    async def chunks(asked):
        for piece in halves(asked.answer, asked.chunks):
            yield piece.encode()

    async def handle(request: Request):
        if request.upgrade:
            return Accept(run=run, headers=tuple(headers("socket header")))
        asked = known.get(_first(request.target), Asked("GET", "/"))
        body = chunks(asked) if asked.chunks > 1 else asked.answer.encode()
        return Response(headers=tuple(asked.answer_headers), body=body)

    return StageOf(handle)


@dataclass
class Way:
    """How a client gets to the service: its own URL, or the one of the service by a proxy."""

    url: str
    proxy: str | None = None
    trust: ssl.SSLContext | None = None

    def http(self):
        parts = urlsplit(self.url)
        if self.proxy is None:
            return http.client.HTTPConnection(parts.hostname, parts.port, timeout=20)
        door = urlsplit(self.proxy)
        connection = http.client.HTTPSConnection(door.hostname, door.port, timeout=20, context=self.trust)
        coded = base64.b64encode(f"{door.username}:{door.password}".encode()).decode()
        connection.set_tunnel(parts.hostname, 443, headers={"Proxy-Authorization": f"Basic {coded}"})
        return connection

    def socket(self, target):
        url = "ws" + self.url.removeprefix("http") + target
        return connect(url, proxy=self.proxy, ssl=self.trust, open_timeout=20, logger=_UNHEARD)


def talk(way: Way) -> None:
    """The client's side: two sockets, since one ends by the service and one by the client."""
    for asked in calls():
        make_call(way, asked)
    for ends_itself in (False, True):
        with way.socket(SOCKET) as socket:
            for _ in received():
                socket.recv(timeout=20)
            for opcode, text in sent():
                socket.send(text if opcode == 1 else text.encode())
            if ends_itself:
                socket.close(1000, texts("client's reason")[0])
            else:
                socket.send("bye")
                for _ in socket:
                    pass
    make_call(way, LATE)


def make_call(way, asked):
    connection = way.http()
    try:
        fields = dict(asked.headers)
        connection.request(asked.method, asked.target, asked.body.encode() or None, fields)
        connection.getresponse().read()
    finally:
        connection.close()
