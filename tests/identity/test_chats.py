"""Twenty chats at once, by Copilot's own clients: whatever order chance makes of them, each replay is the recording.

``make test`` tries a few, ``make test-all`` ten replays, ``make identity`` twenty recordings with twenty replays each.
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
from tests.identity.cases import case

_SIZES = [(6, 1, 3), pytest.param((20, 2, 5), marks=pytest.mark.slow)]
"""Chats at once, recordings, replays of each."""
if "IDENTITY_EXAMPLES" in os.environ:
    # In parts: two workers share them.
    _SIZES = [pytest.param((20, 5, 20), marks=pytest.mark.slow, id=f"20x5x20-{part}") for part in range(1, 5)]
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


def _by_threads(url: str, count: int) -> list[list[str]]:
    order = random.sample(range(count), count)
    with ThreadPoolExecutor(count) as pool:
        told = dict(zip(order, pool.map(lambda number: _chat(url, number), order), strict=True))
    return [told[number] for number in range(count)]


def _by_tasks(url: str, count: int) -> list[list[str]]:
    async def run() -> list[list[str]]:
        return await asyncio.gather(*(_chat_async(url, number) for number in range(count)))

    return asyncio.run(run())


@pytest.mark.parametrize("size", _SIZES, ids=lambda size: "x".join(map(str, size)))
@pytest.mark.parametrize("chats", [case("threads", _by_threads), case("asyncio", _by_tasks)])
def test_chats_at_once_replay_as_recorded(
    tmp_path, chats: Callable[[str, int], list[list[str]]], size: tuple[int, int, int]
):
    count, takes, replays = size
    wrong: list[str] = []
    for take in range(takes):
        path = tmp_path / f"{take}.yaml"
        with serve(Script()) as service, recording(path, service.url) as relay:
            recorded = chats(relay.url, count)
        assert all(all(texts) for texts in recorded)
        for run in range(replays):
            with replaying(path) as player:
                try:
                    told = chats(player.url, count)
                except Exception as error:
                    told = [[repr(error)]]
                if told != recorded or not player.report().ok:
                    wrong.append(f"recording {take}, replay {run}: {player.report().text()}")
    assert not wrong, f"{takes * replays - len(wrong)} of {takes * replays} are right\n" + "\n".join(wrong[:3])
