"""A Copilot of March 2025 in raw bytes that behaves well until one place, and there as a test says."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Literal, TypeAlias

from tests.support.servers.raw_server import TEXT, Connection, RawServer, frame, serve_raw

Place: TypeAlias = Literal["user", "conversations", "upgrade", "socket", "never"]
"""The response to ``GET /c/api/user`` or to ``POST /c/api/conversations``, that to the upgrade, and the messages after
the user's."""
Behaviour: TypeAlias = Callable[[Connection], Awaitable[None]]
JSON = "Content-Type: application/json\r\n"
OK = b"HTTP/1.1 200 OK\r\n"
_RESPONSES = {"user": b'{"firstName":"Ada"}', "conversations": b'{"id":"c1"}'}


def event(**fields: Any) -> bytes:
    """The frame of one event."""
    return frame(TEXT, json.dumps(fields).encode())


HELLO = event(event="appendText", partId="0", text="Hel")
DONE = event(event="done")
SUGGESTIONS = event(event="suggestedFollowups", suggestions=["A?"])
TITLE = event(event="titleUpdate", title="T")
REST_OF_TURN = DONE + TITLE + SUGGESTIONS


def answers(body: bytes = b"", fields: str = JSON, status: str = "200 OK") -> Behaviour:
    """One response."""

    async def behave(connection: Connection) -> None:
        await connection.answer(status, body, fields)

    return behave


def sends(*pieces: bytes, fin: bool = False) -> Behaviour:
    """These bytes; then the end of the connection, or nothing more."""

    async def behave(connection: Connection) -> None:
        await connection.send(*pieces)
        if fin:
            connection.fin()
        else:
            await connection.until_gone()

    return behave


def says(*frames: bytes) -> Behaviour:
    """These frames; then the server goes on as a good one."""

    async def behave(connection: Connection) -> None:
        await connection.send(*frames)

    return behave


def repeats(piece: bytes, *, after: bytes = b"", pause: float = 0.0) -> Behaviour:
    """Bytes without end, with a pause in seconds after each piece."""

    async def behave(connection: Connection) -> None:
        await connection.send(after)
        while True:
            await connection.send(piece)
            await asyncio.sleep(pause)

    return behave


def upgrades(fields: str = "", *then: bytes) -> Behaviour:
    """A 101 with these fields, and frames."""

    async def behave(connection: Connection) -> None:
        await connection.upgrade(*then, fields=fields)
        await connection.answer_close()

    return behave


@contextlib.contextmanager
def hostile(place: Place, behave: Behaviour = answers()) -> Iterator[RawServer]:  # noqa: B008  # it holds no state
    """Run the server."""

    async def script(connection: Connection) -> None:
        while True:
            request = await connection.read_request()
            if (request.get("upgrade") or "").lower() == "websocket":
                await (behave if place == "upgrade" else _chat(place, behave))(connection)
                return
            name = "user" if "/c/api/user" in request.line else "conversations"
            if name == place:
                await behave(connection)
            else:
                await connection.answer("200 OK", _RESPONSES[name], JSON)

    with serve_raw(script) as server:
        yield server


def _chat(place: Place, behave: Behaviour) -> Behaviour:
    async def chat(connection: Connection) -> None:
        await connection.upgrade()
        while True:
            opcode, payload = await connection.read_frame()
            if opcode != TEXT:
                await connection.send(frame(opcode, payload))
                return
            if json.loads(payload)["event"] == "send":
                await (behave(connection) if place == "socket" else connection.send(HELLO, REST_OF_TURN))

    return chat
