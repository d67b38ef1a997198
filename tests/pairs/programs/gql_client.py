"""gql by WebSocket: as many subscriptions at once as asked, started in an order that chance makes."""

import asyncio
import os
import random
import sys

from gql import Client, gql
from gql.transport.websockets import WebsocketsTransport

NAMES = ["larch", "alder", "birch"][: int(sys.argv[1])]


async def listen(session, name, upto):
    asked = gql(f'subscription {{ counted(name: "{name}", upto: {upto}) }}')
    return [result["counted"] async for result in session.subscribe(asked)]


async def main():
    payload = {"Authorization": f"Bearer {os.environ['PAIR_TOKEN']}"} if "PAIR_TOKEN" in os.environ else {}
    transport = WebsocketsTransport(os.environ["WIRETAPE_WS_URL"] + "/graphql", init_payload=payload)
    async with Client(transport=transport) as session:
        asked = list(enumerate(NAMES, 2))
        random.shuffle(asked)
        told = await asyncio.gather(*(listen(session, name, upto) for upto, name in asked))
    for answers in sorted(told):
        print(", ".join(answers))


asyncio.run(main())
