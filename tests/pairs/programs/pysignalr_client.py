"""pysignalr by WebSocket: invocations, and what the hub pushes in answer."""

import asyncio
import contextlib
import os

from pysignalr.client import SignalRClient


async def main():
    client = SignalRClient(os.environ["WIRETAPE_URL"] + "/hub")
    said, opened, summed = asyncio.Queue(), asyncio.Event(), asyncio.Queue()

    async def on_open():
        opened.set()

    async def on_said(arguments):
        await said.put(arguments)

    async def on_sum(message):
        await summed.put(message.result)

    client.on_open(on_open)
    client.on("said", on_said)
    running = asyncio.ensure_future(client.run())
    await asyncio.wait_for(opened.wait(), 10)
    for number in range(3):
        await client.send("add", [number, 1], on_sum)
        print("sum", await asyncio.wait_for(summed.get(), 10))
        await client.send("say", ["Ada", f"morning {number}"])
        print("said", await asyncio.wait_for(said.get(), 10))
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


asyncio.run(main())
