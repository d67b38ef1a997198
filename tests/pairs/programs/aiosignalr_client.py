"""aiosignalr's client by one of its transports: invocations, a stream, and what the hub pushes."""

import asyncio
import os
import sys

from aiosignalr.client import HubConnection


async def main():
    connection, said = HubConnection(), asyncio.Queue()
    connection.on("said", said.put_nowait)
    await connection.start(os.environ["WIRETAPE_URL"] + "/hub", transports={sys.argv[1]})
    for number in range(3):
        print("sum", await connection.invoke("add", number, 2))
        await connection.invoke("say", "Ada", f"morning {number}")
        print("said", await asyncio.wait_for(said.get(), 10))
    print("counted", [number async for number in await connection.stream("count", 3)])
    await connection.stop()


asyncio.run(main())
