"""fastmcp's client, by SSE or by streamable HTTP."""

import asyncio
import os
import sys

from fastmcp import Client
from fastmcp.client.transports import SSETransport, StreamableHttpTransport

URL = os.environ["WIRETAPE_URL"]


async def main():
    transport = SSETransport(f"{URL}/sse") if sys.argv[1] == "sse" else StreamableHttpTransport(f"{URL}/mcp")
    async with Client(transport) as client:
        print(sorted(tool.name for tool in await client.list_tools()))
        print((await client.call_tool("greet", {"name": "Ada"})).data)
        print((await client.call_tool("add", {"first": 40, "second": 2})).data)


asyncio.run(main())
