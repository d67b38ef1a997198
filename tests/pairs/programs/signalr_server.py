"""A SignalR hub: aiosignalr."""

import asyncio
import sys

from aiosignalr.server import Hub, SignalRServer


class Trees(Hub):
    async def Add(self, first, second):
        return first + second

    async def Say(self, name, text):
        await self.clients.all_.send("said", f"{name}: {text}")
        return None

    async def Count(self, upto):
        for number in range(upto):
            yield number
            await asyncio.sleep(0.01)


asyncio.run(SignalRServer(Trees).serve("127.0.0.1", int(sys.argv[1]), path="/hub"))
