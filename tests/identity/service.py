"""The service of a plan: computes each answer from its request, and issues new values in each run."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from email.utils import format_datetime
from urllib.parse import parse_qsl, unquote

from fake_server.stage import Accept, Answer, Request, Response, Socket
from provider.websocket import Ended, Message, Opcode
from tests.identity import framing
from tests.identity.feeding import Feeds
from tests.identity.plan import Channel, Endpoint, Plan
from tests.identity.values import Session, issued, letters

SHOWN = ("x-trace", "x-tenant")
"""Request headers that are said back."""


class Service:
    """A stage that answers one run of a plan; ``/e0/..`` are its endpoints, ``/c0/..`` its channels."""

    def __init__(self, plan: Plan, session: Session) -> None:
        self._plan = plan
        self._session = session
        self._chance = random.Random(f"service {session.chance.random()}")
        self._asked: Counter[object] = Counter()
        self._feeds = Feeds(lambda: issued("short", self._chance))

    async def handle(self, request: Request) -> Answer:
        name, *rest = [unquote(part) for part in request.path.strip("/").split("/")]
        if name == "feed":
            return await self._feeds.handle(request, rest)
        if name[0] == "c":
            channel = self._plan.channels[int(name[1:])]
            return Accept(run=lambda socket: Conversation(self, channel, socket).run())
        return self._call(self._plan.endpoints[int(name[1:])], request, rest)

    async def close(self) -> None:
        """Holds nothing."""

    def issue(self, kinds: tuple[str, ...]) -> Iterator[tuple[str, str]]:
        """New values, under the names that clients know them by."""
        for number, kind in enumerate(kinds):
            yield "access_token" if kind == "token" else f"new_{number}", issued(kind, self._chance)

    def _call(self, endpoint: Endpoint, request: Request, path: list[str]) -> Response:
        again = (request.method, request.target, request.body)
        self._asked[again] += 1
        if endpoint.flaky and self._asked[again] == 1:
            return Response(status=503, headers=(("retry-after", "0"), ("content-type", "text/plain")), body=b"busy")
        fields: list[tuple[str, object]] = [("says", endpoint.says), *self.issue(endpoint.issues)]
        if endpoint.pending:
            asked = self._asked[again] - endpoint.flaky
            fields.append(("state", "pending" if asked <= endpoint.pending else "done"))
        if endpoint.echoes:
            fields += self._echo(request, path)
        headers = tuple(self._headers(endpoint))
        if endpoint.kind == "sse":
            return Response(
                status=endpoint.status,
                headers=(("content-type", "text/event-stream"), *headers),
                body=self._events(fields),
            )
        body, content_type = framing.answer_of(endpoint.kind, fields)
        told = (("content-type", content_type),) if content_type else ()
        return Response(status=204 if not content_type else endpoint.status, headers=(*told, *headers), body=body)

    def _echo(self, request: Request, path: list[str]) -> Iterator[tuple[str, object]]:
        content_type, encoding = request.header("content-type") or "", request.header("content-encoding") or ""
        yield from ((f"path{number}", part) for number, part in enumerate(path))
        query = request.target.partition("?")[2]
        yield from ((f"query_{name}", value) for name, value in parse_qsl(query))
        yield from ((name.replace("-", "_"), request.header(name)) for name in SHOWN if request.header(name))
        yield from ((f"body_{n}", v) for n, v in framing.fields_in(request.body, content_type, encoding))

    def _headers(self, endpoint: Endpoint) -> Iterator[tuple[str, str]]:
        now = self._session.now()
        if endpoint.cookie:
            expires = f"; Expires={format_datetime(now + timedelta(days=30), usegmt=True)}"
            ending = expires if endpoint.cookie == "expiring" else ""
            yield "set-cookie", f"visit={letters(self._chance, 24)}; Path=/; HttpOnly{ending}"
        if endpoint.dated:
            yield "date", format_datetime(now, usegmt=True)
            yield "expires", format_datetime(now + timedelta(hours=1), usegmt=True)
            yield "cache-control", "max-age=3600"

    async def _events(self, fields: list[tuple[str, object]]) -> AsyncIterator[bytes]:
        for number, (name, value) in enumerate(fields):
            yield f"id: {number}\nevent: told\ndata: {name}={value}\n\n".encode()
        yield b"data: [DONE]\n\n"


class Conversation:
    """One socket of a channel."""

    def __init__(self, service: Service, channel: Channel, socket: Socket) -> None:
        self._service = service
        self._channel = channel
        self._socket = socket
        self._waiting: list[str] = []

    async def run(self) -> None:
        """Answer until the client leaves, or asks to be left."""
        if self._channel.greets:
            await self._say([("says", "welcome"), *self._service.issue(("short",))])
        while not isinstance(message := await self._socket.receive(), Ended):
            if message.opcode not in (Opcode.TEXT, Opcode.BINARY):
                continue
            text = message.data.decode() if message.opcode is Opcode.TEXT else message.data
            verb, fields, number = framing.read(self._channel.framing, text)
            if verb == "quit":
                await self._socket.close(4000, "bye")
                return
            await self._answer(verb, fields, number)

    async def _answer(self, verb: str, fields: framing.Pairs, number: int) -> None:
        if verb == "ping":
            if self._channel.pongs:
                await self._send(framing.pong(self._channel.framing))
            return
        if verb == "subscribe":
            topic, count = str(fields[0][1]), int(str(fields[1][1]))
            self._waiting.append(topic)
            if len(self._waiting) == count:
                await self._say([("says", "subscribed"), ("topics", " ".join(sorted(self._waiting)))])
                self._waiting.clear()
            return
        for part in range(self._channel.parts):
            told = [("says", self._channel.says), ("part", str(part)), *self._service.issue(self._channel.issues)]
            echo = [(f"was_{name}", value) for name, value in fields] if self._channel.echoes else []
            await self._say([*told, *echo], number)

    async def _say(self, fields: framing.Pairs, number: int | None = None) -> None:
        await self._send(framing.reply(self._channel.framing, fields, number))

    async def _send(self, said: str | bytes) -> None:
        binary = isinstance(said, bytes)
        await self._socket.send(Message(Opcode.BINARY if binary else Opcode.TEXT, said if binary else said.encode()))
