"""The client's whole turn beside bare loops over curl_cffi's own WebSocket, which do nothing but decode."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

from curl_cffi.requests import AsyncSession, Session

from benchmarks.rounds import ROUNDS, measure
from benchmarks.rows import Row, median
from benchmarks.service import streaming_service
from provider import AsyncCopilotClient, CopilotClient
from provider.wire.events import decode_event

COUNT = 20_000
_SEND = b'{"event":"send","conversationId":"c","content":[{"type":"text","text":"hi"}],"mode":"chat"}'


def bare_loop(url: str, decode: Callable[[bytes], Any]) -> float:
    with Session() as session:
        socket = session.ws_connect(url.replace("http", "ws") + "/c/api/chat")
        socket.send_str(_SEND.decode())
        begun = time.process_time()
        for _ in range(COUNT):
            decode(socket.recv()[0])
        spent = time.process_time() - begun
        socket.close()
    return spent / COUNT * 1e6


async def bare_async_loop(url: str, decode: Callable[[bytes], Any]) -> float:
    async with AsyncSession() as session:
        socket = await session.ws_connect(url.replace("http", "ws") + "/c/api/chat")
        await socket.send_str(_SEND.decode())
        begun = time.process_time()
        for _ in range(COUNT):
            decode((await socket.recv())[0])
        spent = time.process_time() - begun
        await socket.close()
    return spent / COUNT * 1e6


def client_turn(url: str) -> float:
    with CopilotClient(base_url=url, generation="2025-03") as client:
        begun = 0.0
        for count, _ in enumerate(client.chat("hi")):
            begun = begun or time.process_time()
            if count == COUNT:
                break
        spent = time.process_time() - begun
    return spent / COUNT * 1e6


async def async_client_turn(url: str) -> float:
    async with AsyncCopilotClient(base_url=url, generation="2025-03") as client:
        begun = 0.0
        count = 0
        async for _ in client.chat("hi"):
            begun = begun or time.process_time()
            count += 1
            if count == COUNT:
                break
        spent = time.process_time() - begun
    return spent / COUNT * 1e6


_SYNC_JSON, _SYNC = "curl_cffi loop, json.loads", "curl_cffi loop, msgspec"
_ASYNC_JSON, _ASYNC = "curl_cffi async loop, json.loads", "curl_cffi async loop, msgspec"
_OURS, _OURS_ASYNC = "CopilotClient", "AsyncCopilotClient"


def rows(rounds: int = ROUNDS) -> list[Row]:
    with streaming_service(COUNT) as url:
        results = measure(
            {
                _SYNC_JSON: lambda: bare_loop(url, json.loads),
                _SYNC: lambda: bare_loop(url, decode_event),
                _OURS: lambda: client_turn(url),
                _ASYNC_JSON: lambda: asyncio.run(bare_async_loop(url, json.loads)),
                _ASYNC: lambda: asyncio.run(bare_async_loop(url, decode_event)),
                _OURS_ASYNC: lambda: asyncio.run(async_client_turn(url)),
            },
            rounds,
        )

    def row(key: str, ours: str, peer: str, goal: float, means: str) -> Row:
        # The goals are of the lead, as their inverses are of the time.
        return Row(
            key=f"client.{key}", what=f"a message of 90 bytes in a whole turn of {ours}, CPU", means=means, unit="µs",
            ours=results[ours].median, peer=median(results, peer), goal=round(1 / goal, 3),
        )  # fmt: skip

    plain = "Your program gets an answer sooner than from a loop that you write yourself with curl_cffi."
    hard = "All that the client does for you costs less than the quickest decoder gains."
    return [
        row("sync", _OURS, _SYNC_JSON, 1.3, plain),
        row("sync-msgspec", _OURS, _SYNC, 1.3, hard),
        row("async", _OURS_ASYNC, _ASYNC_JSON, 1.3, plain),
        row("async-msgspec", _OURS_ASYNC, _ASYNC, 0.95, "In asyncio, what the client does for you costs nothing."),
    ]
