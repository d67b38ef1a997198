"""A Copilot of generation 2025-03 in raw bytes: REST answers can be refused first, and a test writes the chat itself."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from tests.support.servers.raw_server import CLOSE, TEXT, Connection, RawServer, frame, serve_raw

OPTIONS = {"generation": "2025-03", "linger": 0.2}
"""Of a client of this service."""
ANSWERS = {
    "GET /c/api/user": {"firstName": "Ada"},
    "POST /c/api/conversations": {"id": "dRUXwuM545tff65JPZ3rn"},
    "GET /c/api/config": {"maxTextMessageLength": 10},
    "DELETE /c/api/conversations/one": {},
}
Chat = Callable[[Connection], Awaitable[None]]


def event(name: str, **fields: Any) -> bytes:
    """The frame of one event of the service."""
    return frame(TEXT, json.dumps({"event": name, **fields}).encode())


def says(text: str) -> bytes:
    """The frame of a piece of the answer."""
    return event("appendText", messageId="a1", partId="0", text=text)


PING = event("ping", id="7")
RECEIVED = event("received", conversationId="c", messageId="u1", id="0")
HELLO = says("Hello")
DONE = event("done", messageId="a1", id="9")


async def read_command(connection: Connection, name: str = "send") -> dict[str, Any]:
    """Read the client's messages up to a command of that name, and return it."""
    while True:
        opcode, payload = await connection.read_frame()
        if opcode == CLOSE:
            raise ConnectionError("the client closed")
        if opcode == TEXT and (command := json.loads(payload))["event"] == name:
            return command


async def answer(connection: Connection) -> None:
    """Answer every message with Hello."""
    while True:
        await read_command(connection)
        await connection.send(RECEIVED, HELLO, DONE)


@contextlib.contextmanager
def serve_copilot(chat: Chat = answer, refusals: dict[str, list[str]] | None = None) -> Iterator[RawServer]:
    """Run the service.

    Args:
        chat: Run for each socket after its 101.
        refusals: By ``METHOD /path``: heads of responses (status and reason, then header lines), each given once before
            the service accepts the request. ``upgrade`` names the chat socket. An empty head is never answered.
    """
    left = {place: list(heads) for place, heads in (refusals or {}).items()}

    async def behave(connection: Connection) -> None:
        while True:
            request = await connection.read_request()
            place = request.line.partition("?")[0].removesuffix(" HTTP/1.1")
            place = "upgrade" if request.get("upgrade") else place
            heads = left.get(place)
            if heads:
                status, *fields = heads.pop(0).split("\n")
                if not status:
                    await connection.until_gone()
                    return
                await connection.answer(status, fields="".join(f"{field}\r\n" for field in fields))
            elif place == "upgrade":
                await connection.upgrade()
                await chat(connection)
                return
            elif place in ANSWERS:
                body = json.dumps(ANSWERS[place]).encode()
                await connection.answer("200 OK", body, "Content-Type: application/json\r\n")
            else:
                await connection.answer("404 Not Found")

    with serve_raw(behave) as server:
        yield server


def places(server: RawServer) -> list[str]:
    """The requests that a server has received, without their queries."""
    return [request.line.partition("?")[0].removesuffix(" HTTP/1.1") for request in server.requests]


def in_thread(work: Callable[[], object]) -> threading.Thread:
    """Run work in a thread that has begun."""
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


async def every(seconds: float, connection: Connection, *frames: bytes) -> None:
    """Send frames again and again, until the client goes."""
    while True:
        await connection.send(*frames)
        await asyncio.sleep(seconds)
