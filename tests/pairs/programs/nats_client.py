"""nats-py over WebSocket: a subscription, requests with their own inboxes, and an answering service in the same client."""

import asyncio
import os

import nats


async def main():
    token = {"token": os.environ["PAIR_TOKEN"]} if "PAIR_TOKEN" in os.environ else {}
    client = await nats.connect(os.environ["WIRETAPE_WS_URL"], allow_reconnect=False, **token)

    async def answer(message):
        await message.respond(b"heard " + message.data)

    await client.subscribe("trees.ask", cb=answer)
    heard = await client.subscribe("trees.told")
    for number in range(3):
        await client.publish("trees.told", f"tree {number}".encode())
        print((await heard.next_msg(timeout=10)).data.decode())
        print((await client.request("trees.ask", f"tree {number}".encode(), timeout=10)).data.decode())
    await client.close()


asyncio.run(main())
