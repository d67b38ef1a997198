"""A SignalR hub: aiosignalr on uvicorn."""

import asyncio
import sys

import uvicorn
from aiosignalr.server import Hub, SignalRServer


class Trees(Hub):
    async def add(self, first: int, second: int) -> int:
        return first + second

    async def say(self, name: str, text: str) -> None:
        await self.clients.all_.send("said", f"{name}: {text}")

    async def count(self, upto: int):
        for number in range(upto):
            yield number
            await asyncio.sleep(0.01)


uvicorn.run(SignalRServer(Trees).asgi_app(path="/hub"), host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
