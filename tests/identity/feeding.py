"""Feeds, of both sides: what a client posts, a service pushes elsewhere; by events, by a socket, by long polls."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable

import aiohttp

from fake_server.stage import Accept, Answer, Request, Response, Socket
from provider.websocket import Message, Opcode
from tests.identity.plan import Feed
from tests.identity.values import Memory

_PATIENCE = 20.0
_JSON = (("content-type", "application/json"),)


class Feeds:
    """The service's side: ``/feed/sse``, ``/feed/socket`` or ``/feed/open`` begins one, and tells its id."""

    def __init__(self, new_id: Callable[[], str]) -> None:
        self._new_id = new_id
        self._queues: dict[str, asyncio.Queue[str]] = {}

    async def handle(self, request: Request, path: list[str]) -> Answer:
        """The answer to a request for a feed, or something posted to one."""
        match request.method, path:
            case "POST", [name]:
                self._queues[name].put_nowait(request.body.decode())
                return Response(status=202)
            case "GET", ["poll", name]:
                return await self._poll(name)
        name = self._new_id()
        self._queues[name] = asyncio.Queue()
        match path:
            case ["sse"]:
                return Response(headers=(("content-type", "text/event-stream"),), body=self._events(name))
            case ["socket"]:
                return Accept(run=lambda socket: self._messages(name, socket))
            case _:
                return Response(headers=_JSON, body=json.dumps({"new_feed": name}).encode())

    async def _poll(self, name: str) -> Response:
        return Response(headers=_JSON, body=(await self._queues[name].get()).encode())

    async def _events(self, name: str) -> AsyncIterator[bytes]:
        yield f"data: {json.dumps({'new_feed': name})}\n\n".encode()
        while (posted := await self._queues[name].get()) != '"end"':
            yield f"event: posted\ndata: {posted}\n\n".encode()

    async def _messages(self, name: str, socket: Socket) -> None:
        await socket.send(Message(Opcode.TEXT, json.dumps({"new_feed": name}).encode()))
        while (posted := await self._queues[name].get()) != '"end"':
            await socket.send(Message(Opcode.TEXT, json.dumps({"posted": json.loads(posted)}).encode()))


Hear = Callable[[], Awaitable[str]]
Post = Callable[[object], Awaitable[None]]
_PAUSE = 0.004
"""Seconds in which what is pushed too early has come."""


async def feed(session: aiohttp.ClientSession, url: str, step: Feed, memory: Memory) -> None:
    """The client's side: begin a feed, post to it, and hear each post again: after it was posted, never before."""
    known = len(memory.issued)

    def name() -> str:
        return memory.issued[known] if len(memory.issued) > known else "nothing"

    async def post(said: object) -> None:
        async with session.post(f"{url}/feed/{name()}", json=said) as answer:
            await answer.read()
            if answer.status != 202:
                memory.saw(f"posted {answer.status}")

    async def poll() -> str:
        async with session.get(f"{url}/feed/poll/{name()}") as answer:
            return await answer.text()

    match step.by:
        case "sse":
            async with session.get(f"{url}/feed/sse") as answer:
                memory.saw("begun", await _until_blank(answer.content))
                await _converse(step, memory, post, lambda: _until_blank(answer.content))
                await post("end")
                memory.saw("rest", await answer.content.read())
        case "socket":
            async with session.ws_connect(f"{url}/feed/socket") as socket:
                memory.saw("begun", await _message(socket))
                await _converse(step, memory, post, lambda: _message(socket))
                await post("end")
                memory.saw("rest", await _message(socket))
        case _:
            async with session.get(f"{url}/feed/open") as answer:
                memory.saw("begun", await answer.read())
            await _converse(step, memory, post, poll)


async def _converse(step: Feed, memory: Memory, post: Post, hear: Hear) -> None:
    for fields in step.posts:
        hearing = asyncio.ensure_future(hear())
        try:
            await asyncio.sleep(_PAUSE)
            if hearing.done():
                memory.saw("heard before it was posted")
            await post(dict(memory.fields(fields)))
            memory.saw("heard", await asyncio.wait_for(hearing, _PATIENCE))
        finally:
            hearing.cancel()
            await asyncio.gather(hearing, return_exceptions=True)


async def _until_blank(events: aiohttp.StreamReader) -> str:
    lines: list[str] = []
    while (line := (await events.readline()).decode()).strip():
        lines.append(line)
    return "".join(lines)


async def _message(socket: aiohttp.ClientWebSocketResponse) -> str:
    message = await socket.receive(_PATIENCE)
    return message.data if isinstance(message.data, str) else f"closed {socket.close_code}"
