"""python-socketio's client by the transport named: hears a welcome, asks, hears what it is told, and is let go.

The asynchronous one: what the other sends last depends on which of its threads is faster.
"""

import asyncio
import os
import sys

import socketio


async def main():
    client, heard = socketio.AsyncClient(), asyncio.Queue()
    client.on("welcome", heard.put)
    client.on("told", heard.put)
    gone = asyncio.Event()
    client.on("disconnect", lambda *_: gone.set())
    auth = {"token": os.environ["PAIR_TOKEN"]} if "PAIR_TOKEN" in os.environ else None
    await client.connect(os.environ["WIRETAPE_URL"], transports=[sys.argv[1]], auth=auth, wait_timeout=10)
    print("welcome", await asyncio.wait_for(heard.get(), 10))
    for number in range(3):
        print("answer", await client.call("ask", f"tree {number}", timeout=10))
        print("told", await asyncio.wait_for(heard.get(), 10))
    await client.emit("leave")
    await asyncio.wait_for(gone.wait(), 10)


asyncio.run(main())
