"""A fake with its client, and one question to a service by both clients."""

import asyncio
import functools

import pytest

from fake_server import serve
from fake_server.script import Script
from provider import AsyncCopilotClient, CopilotClient, CopilotError
from tests.support.clients.observed_turns import TOKEN
from tests.support.servers.stages import StageOf


@pytest.fixture
def stage():
    script = Script()
    return StageOf(script.handle)


@pytest.fixture
def service(stage):
    with serve(stage) as running:
        yield running


@pytest.fixture
def client(service):
    with CopilotClient(TOKEN, base_url=service.url) as client:
        yield client


@pytest.fixture(params=["sync", "async"])
def ask(request):
    """Asks once, by either driver; returns the items and the error."""

    def blocking(url, prompt, options):
        items = []
        with CopilotClient(TOKEN, base_url=url, **options) as client:
            try:
                items.extend(client.chat(prompt))
            except CopilotError as error:
                return items, error
        return items, None

    async def asynchronous(url, prompt, options):
        items = []
        async with AsyncCopilotClient(TOKEN, base_url=url, **options) as client:
            try:
                async for item in client.chat(prompt):
                    items.append(item)
            except CopilotError as error:
                return items, error
        return items, None

    def run(url, prompt="Hello", **options):
        options = {"linger": 0.3, "timeout": 5.0, **options}
        if request.param == "sync":
            return blocking(url, prompt, options)
        return asyncio.run(asynchronous(url, prompt, options))

    return run


@pytest.fixture
def ask_hostile(ask):
    """Asks in the generation that `tests.support.servers.hostile_copilot` speaks."""
    return functools.partial(ask, generation="2025-03")
