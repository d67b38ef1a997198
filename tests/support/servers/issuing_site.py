"""A service of aiohttp that issues ids and tokens anew in each session, and refuses all others.

It knows nothing of wiretape: a client that repeats the values of a recording gets 401, 403 or a refusal on its socket.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie

from aiohttp import WSMsgType, web

PASSWORD = "correct-horse-battery-staple-42"


@dataclass
class IssuingSite:
    """The service, and what differs in its answers.

    Attributes:
        pieces: How many pieces of text answer a question.
        status: Of the list of items.
        skips: An event that it does not send.
        extra: Further fields of the event ``done``.
        passwords: The passwords that clients sent.
    """

    pieces: int = 3
    status: int = 200
    skips: str = ""
    extra: dict[str, object] = field(default_factory=dict)
    passwords: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._tokens: set[str] = set()
        self._rooms: set[str] = set()
        self._events: dict[str, asyncio.Queue[str]] = {}

    def app(self) -> web.Application:
        app = web.Application()
        app.add_routes(
            [
                web.post("/login", self._login),
                web.get("/rooms", self._rooms_of),
                web.get("/rooms/{room}/socket", self._socket),
                web.get("/events", self._stream),
                web.post("/messages", self._message),
            ]
        )
        return app

    async def _login(self, request: web.Request) -> web.Response:
        self.passwords.append((await request.json())["password"])
        token, cookie = (f"sk-live-{secrets.token_hex(16)}", secrets.token_urlsafe(24))
        self._tokens |= {token, cookie}
        response = web.json_response({"access_token": token, "expires": 3600})
        response.set_cookie("sid", cookie, httponly=True)
        return response

    def _is_known(self, request: web.Request) -> bool:
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        cookie = SimpleCookie(request.headers.get("cookie", ""))
        return bearer in self._tokens and "sid" in cookie and cookie["sid"].value in self._tokens

    async def _rooms_of(self, request: web.Request) -> web.Response:
        if not self._is_known(request):
            return web.json_response({"error": "unknown token"}, status=401)
        room = f"room_{secrets.token_hex(8)}"
        self._rooms.add(room)
        return web.json_response({"items": [{"id": room}]}, status=self.status)

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        if request.match_info["room"] not in self._rooms:
            return web.json_response({"error": "unknown room"}, status=403)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        ticket = secrets.token_urlsafe(18)
        await self._say(socket, "hello", ticket=ticket)
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                break
            asked = json.loads(message.data)
            if asked["ticket"] != ticket:
                await self._say(socket, "refused")
                continue
            for number in range(self.pieces):
                await self._say(socket, "piece", text=f"word {number} ")
            await self._say(socket, "done", **self.extra)
        return socket

    async def _say(self, socket: web.WebSocketResponse, event: str, **fields: object) -> None:
        if event != self.skips:
            await socket.send_json({"type": event, **fields})

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"content-type": "text/event-stream"})
        await response.prepare(request)
        session = secrets.token_hex(12)
        queue = self._events[session] = asyncio.Queue()
        await response.write(f"event: endpoint\ndata: /messages?session={session}\n\n".encode())
        while (said := await queue.get()) != "bye":
            await response.write(f"event: message\ndata: {json.dumps({'echo': said})}\n\n".encode())
        return response

    async def _message(self, request: web.Request) -> web.Response:
        queue = self._events.get(request.query.get("session", ""))
        if queue is None:
            return web.json_response({"error": "unknown session"}, status=404)
        await queue.put((await request.json())["text"])
        return web.Response(status=202)


@contextmanager
def running(site: IssuingSite) -> Iterator[str]:
    """Run the service in a thread; yields its URL."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def start() -> tuple[web.AppRunner, int]:
        runner = web.AppRunner(site.app(), shutdown_timeout=0.1)
        await runner.setup()
        listening = web.TCPSite(runner, "127.0.0.1", 0)
        await listening.start()
        return runner, runner.addresses[0][1]

    runner, port = asyncio.run_coroutine_threadsafe(start(), loop).result(20)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(20)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(20)
        loop.close()
