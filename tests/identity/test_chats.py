"""Twenty chats at once, by Copilot's own clients: whatever order chance makes of them, each replay is the recording.

``make identity`` tries twenty recordings with twenty replays each, ``make test`` a few.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from fake_server import serve
from fake_server.script import Script
from harness import recording, replaying
from provider import AsyncCopilotClient, CopilotClient
from tests.identity.known import case

_LARGE = "IDENTITY_EXAMPLES" in os.environ
CHATS, TAKES, REPLAYS = (20, 20, 20) if _LARGE else (6, 1, 3)
_TOKEN = "a-token-of-the-tests"
_PROMPTS = [("Hello", "Again")] * 3 + [("Hello", f"What of {word}?") for word in ("apples", "pears", "plums")]
"""Some chats are alike, some begin alike, and some of those that do differ."""


def _said(number: int) -> tuple[str, str]:
    return _PROMPTS[number % len(_PROMPTS)]


def _chat(url: str, number: int) -> list[str]:
    with CopilotClient(_TOKEN, base_url=url) as client:
        return [client.chat(prompt).text for prompt in _said(number)]


async def _chat_async(url: str, number: int) -> list[str]:
    await asyncio.sleep(random.choice((0, 0.001, 0.01)))
    told: list[str] = []
    async with AsyncCopilotClient(_TOKEN, base_url=url) as client:
        for prompt in _said(number):
            turn = client.chat(prompt)
            told.append("".join([item async for item in turn if isinstance(item, str)]))
    return told


def _by_threads(url: str) -> list[list[str]]:
    order = random.sample(range(CHATS), CHATS)
    with ThreadPoolExecutor(CHATS) as pool:
        told = dict(zip(order, pool.map(lambda number: _chat(url, number), order), strict=True))
    return [told[number] for number in range(CHATS)]


def _by_tasks(url: str) -> list[list[str]]:
    async def run() -> list[list[str]]:
        return await asyncio.gather(*(_chat_async(url, number) for number in range(CHATS)))

    return asyncio.run(run())


@pytest.mark.slow
@pytest.mark.parametrize("chats", [case("threads", _by_threads), case("asyncio", _by_tasks)])
def test_chats_at_once_replay_as_recorded(tmp_path, chats: Callable[[str], list[list[str]]]):
    wrong: list[str] = []
    for take in range(TAKES):
        path = tmp_path / f"{take}.yaml"
        with serve(Script()) as service, recording(path, service.url) as relay:
            recorded = chats(relay.url)
        assert all(all(texts) for texts in recorded)
        for run in range(REPLAYS):
            with replaying(path) as player:
                try:
                    told = chats(player.url)
                except Exception as error:
                    told = [[repr(error)]]
                if told != recorded or not player.report().ok:
                    wrong.append(f"recording {take}, replay {run}: {player.report().text()}")
    assert not wrong, f"{TAKES * REPLAYS - len(wrong)} of {TAKES * REPLAYS} are right\n" + "\n".join(wrong[:3])
