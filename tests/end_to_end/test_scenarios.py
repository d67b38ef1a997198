"""Every scenario of the fake, in both generations, gives equal items in the sync and in the async client."""

import asyncio

import pytest

from fake_server import serve
from fake_server.script import Config, Script
from provider import AsyncCopilotClient, CopilotClient, CopilotError
from tests.support.cassettes.scenarios import fingerprint

ARGUMENTS = {
    "/big": "300",
    "/challenge": "hashcash",
    "/close": "1011",
    "/cut": "3",
    "/error": "text-too-long",
    "/fragments": "3",
    "/image": "a cat",
    "/image-cut": "a cat",
    "/image-fail": "a cat",
    "/image-large": "a cat",
    "/image-only": "a cat",
    "/late-error": "chat-service-unavailable",
    "/long": "200",
    "/parts": "3",
    "/refuse": "401",
    "/reset": "3",
    "/search": "rivers",
    "/slow": "0.01",
    "/stall": "3",
    "/think": "rivers",
    "/title": "Rivers",
}
COMMANDS = [line.split()[0] for line in Script().list_scenarios().splitlines()]
PROMPTS = [
    "Hello",
    "Сгенерируй изображение котика",
    "Напиши Hello World на Python",
    "/challenge null",
    "/challenge cloudflare",
    "/challenge copilot",
    "/error empty-text",
    *(f"{command} {ARGUMENTS.get(command, '')}".strip() for command in COMMANDS),
]
NEVER_ENDING = ("/silent", "/stall", "/received-only")


def patience(prompt):
    """Seconds for a turn: short for those that never end."""
    return 0.7 if prompt.startswith(NEVER_ENDING) else 10.0


def ask(url, prompt, generation):
    with CopilotClient("token-of-the-tests", base_url=url, generation=generation, linger=0.3) as client:
        told = []
        try:
            told.extend(client.chat(prompt, timeout=patience(prompt)))
        except CopilotError as error:
            told += fingerprint(error)
        return told


async def ask_async(url, prompt, generation):
    async with AsyncCopilotClient("token-of-the-tests", base_url=url, generation=generation, linger=0.3) as client:
        told = []
        try:
            async for item in client.chat(prompt, timeout=patience(prompt)):
                told.append(item)
        except CopilotError as error:
            told += fingerprint(error)
        return told


@pytest.mark.parametrize("generation", ["2025-03", "2025-10", "2026"])
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
