"""The client of the MCP SDK, by SSE or by streamable HTTP: lists tools, and calls them one by one and at once."""

import asyncio
import os
import sys

from mcp import ClientSession
from mcp.client.sse import sse_client
from mcp.client.streamable_http import streamable_http_client

URL = os.environ["WIRETAPE_URL"]
TOKEN = {"token": os.environ["PAIR_TOKEN"]} if "PAIR_TOKEN" in os.environ else {}


def said(result):
    return result.content[0].text


async def main():
    opened = sse_client(f"{URL}/sse") if sys.argv[1] == "sse" else streamable_http_client(f"{URL}/mcp")
    async with opened as streams, ClientSession(streams[0], streams[1]) as session:
        await session.initialize()
        print(sorted(tool.name for tool in (await session.list_tools()).tools))
        print(said(await session.call_tool("greet", {"name": "Ada", **TOKEN})))
        at_once = (session.call_tool("add", {"first": number, "second": 1}) for number in range(3))
        print([said(result) for result in await asyncio.gather(*at_once)])


asyncio.run(main())
