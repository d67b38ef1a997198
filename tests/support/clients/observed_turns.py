"""Clients of a stage that counts what they send."""

import asyncio
import gc

from provider import AsyncCopilotClient

TOKEN = "a-token-of-the-tests"


def in_asyncio(service, work):
    """Runs ``await work(client)``; no task and no socket may be left, the collector is of no help."""

    async def run():
        async with AsyncCopilotClient(TOKEN, base_url=service.url) as client:
            gc.disable()
            try:
                result = await work(client)
            finally:
                gc.enable()
        assert len(asyncio.all_tasks()) == 1
        return result

    return asyncio.run(run())


def sends(stage):
    return sum(request.upgrade for request in stage.requests)
