"""The client's whole turn beside bare loops over curl_cffi's own WebSocket, which do nothing but decode."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

from curl_cffi.requests import AsyncSession, Session

from benchmarks.rounds import measure, report
from benchmarks.service import streaming_service
from provider import AsyncCopilotClient, CopilotClient
from provider.wire.events import decode_event

COUNT = 20_000
_SEND = b'{"event":"send","conversationId":"c","content":[{"type":"text","text":"hi"}],"mode":"chat"}'


def bare_loop(url: str, decode: Callable[[bytes], Any]) -> float:
    with Session() as session:
        socket = session.ws_connect(url.replace("http", "ws") + "/c/api/chat")
        socket.send_str(_SEND.decode())
        begun = time.perf_counter()
        for _ in range(COUNT):
            decode(socket.recv()[0])
        spent = time.perf_counter() - begun
        socket.close()
    return spent / COUNT * 1e6


async def bare_async_loop(url: str, decode: Callable[[bytes], Any]) -> float:
    async with AsyncSession() as session:
        socket = await session.ws_connect(url.replace("http", "ws") + "/c/api/chat")
        await socket.send_str(_SEND.decode())
        begun = time.perf_counter()
        for _ in range(COUNT):
            decode((await socket.recv())[0])
        spent = time.perf_counter() - begun
        await socket.close()
    return spent / COUNT * 1e6


def client_turn(url: str) -> float:
    with CopilotClient(base_url=url, generation="2025-03") as client:
        begun = 0.0
        for count, _ in enumerate(client.chat("hi")):
            begun = begun or time.perf_counter()
            if count == COUNT:
                break
        spent = time.perf_counter() - begun
    return spent / COUNT * 1e6


async def async_client_turn(url: str) -> float:
    async with AsyncCopilotClient(base_url=url, generation="2025-03") as client:
        begun = 0.0
        count = 0
        async for _ in client.chat("hi"):
            begun = begun or time.perf_counter()
            count += 1
            if count == COUNT:
                break
        spent = time.perf_counter() - begun
    return spent / COUNT * 1e6


def main() -> None:
    with streaming_service(COUNT) as url:
        results = measure(
            {
                "curl_cffi sync loop, json.loads": lambda: bare_loop(url, json.loads),
                "curl_cffi sync loop, msgspec": lambda: bare_loop(url, decode_event),
                "wiretape CopilotClient, whole turn": lambda: client_turn(url),
                "curl_cffi async loop, json.loads": lambda: asyncio.run(bare_async_loop(url, json.loads)),
                "curl_cffi async loop, msgspec": lambda: asyncio.run(bare_async_loop(url, decode_event)),
                "wiretape AsyncCopilotClient, whole turn": lambda: asyncio.run(async_client_turn(url)),
            }
        )
    report(
        f"Client: {COUNT} messages of ~90 bytes, microseconds a message (less is better)",
        "us",
        results,
        {
            "sync: loop with json.loads / client": (
                "curl_cffi sync loop, json.loads", "wiretape CopilotClient, whole turn", ">= 1.3"),
            "sync: loop with msgspec / client": (
                "curl_cffi sync loop, msgspec", "wiretape CopilotClient, whole turn", "-"),
            "async: loop with json.loads / client": (
                "curl_cffi async loop, json.loads", "wiretape AsyncCopilotClient, whole turn", ">= 1.3"),
            "async: loop with msgspec / client": (
                "curl_cffi async loop, msgspec", "wiretape AsyncCopilotClient, whole turn", ">= 0.95"),
        },
    )  # fmt: skip
