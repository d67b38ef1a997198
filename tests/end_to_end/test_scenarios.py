"""Every scenario of the fake, in both generations, gives equal items in the sync and in the async client."""

import asyncio

import pytest

from fake_server import serve
from fake_server.script import Config, Script
from provider import AsyncCopilotClient, CopilotClient, CopilotError
from tests.support.takes import fingerprint

PROMPTS = [
    "Hello",
    "Сгенерируй изображение котика",
    "Напиши Hello World на Python",
    "/image a cat",
    "/image-only a cat",
    "/search rivers",
    "/think rivers",
    "/replace",
    "/parts 3",
    "/long 200",
    "/big 300",
    "/fragments 3",
    "/suggest",
    "/early-suggestions",
    "/title Rivers",
    "/ping",
    "/unknown",
    "/empty",
    "/malformed",
    "/notjson",
    "/error text-too-long",
    "/error empty-text",
    "/late-error chat-service-unavailable",
    "/throttle",
    "/challenge null",
    "/challenge cloudflare",
    "/challenge hashcash",
    "/challenge copilot",
    "/cut 3",
    "/reset 3",
    "/close 1011",
]


def ask(url, prompt, generation):
    with CopilotClient("token-of-the-tests", base_url=url, generation=generation, linger=0.3) as client:
        told = []
        try:
            told.extend(client.chat(prompt, timeout=10))
        except CopilotError as error:
            told += fingerprint(error)
        return told


async def ask_async(url, prompt, generation):
    async with AsyncCopilotClient("token-of-the-tests", base_url=url, generation=generation, linger=0.3) as client:
        told = []
        try:
            async for item in client.chat(prompt, timeout=10):
                told.append(item)
        except CopilotError as error:
            told += fingerprint(error)
        return told


@pytest.mark.parametrize("generation", ["2025-03", "2026"])
@pytest.mark.parametrize("prompt", PROMPTS)
def test_sync_and_async_yield_equal_items(prompt, generation, snapshot):
    results = []
    for run in (ask, lambda *arguments: asyncio.run(ask_async(*arguments))):
        with serve(Script(Config(generation=generation))) as service:
            results.append(repr(run(service.url, prompt, generation)).replace(service.url, "http://here"))
            assert not service.errors
    assert results[0] == results[1]
    assert shortened(results[0]) == snapshot


def shortened(text):
    """Long answers in full would make the snapshot a burden."""
    return text if len(text) < 3000 else f"{text[:1500]} .. {len(text)} characters .. {text[-1000:]}"
