"""Our own clients through every fault: each turn ends in time, with text or an error, and leaves nothing open."""

import asyncio
import time
from contextlib import contextmanager

import pytest

from fake_server import serve
from harness.cassette.store import load
from harness.faults import Faults, parse_rule
from harness.faults.table import FAULTS
from harness.replay.player import Player
from harness.replay.rules import PlayRules
from harness.services.copilot import COPILOT
from provider import AsyncCopilotClient, CopilotClient
from provider.errors import CopilotError
from tests.support.leaks import nothing_left
from tests.support.project.tree import ROOT

CASSETTE = ROOT / "cassettes" / "text-2026.yaml"
VALUES = {
    "delay": "1ms", "offline": "for=1ms", "status": "503", "slow": "rate=100000", "dribble": "every=0",
    "change": "event to=other", "remove": "event", "subprotocol": "other", "comments": "every=1ms",
    "stray": "{}",
}  # fmt: skip
TOTAL = 1.5
"""Seconds that a turn may take; a fault that goes on without end meets this deadline."""


def _cases():
    for fault in FAULTS.values():
        for unit in fault.units:
            if unit in ("event", "connection"):
                continue  # Copilot streams on its socket, and this server has no TLS
            kinds = next((each.about for each in fault.parameters if each.name == "kind"), "")
            words = " ".join(word for word in (fault.name, VALUES.get(fault.name, "")) if word)
            place = {"request": "at request 1", "upgrade": "at upgrade 1", "message": "at message 4"}[unit]
            yield f"{words} {place}"
            if unit == "message" and fault.between:
                yield f"{words} after 2 messages"
            if kinds and fault.name == "frame":
                yield from (
                    f"frame {kind} {place}" for kind in ("opcode", "masked", "long-ping", "split-ping", "length")
                )


CASES = tuple(dict.fromkeys(_cases()))


@contextmanager
def spoilt(line):
    """A server that plays the cassette behind a rule; yields it and the list of prompts that reached the player."""
    player = Player(load(CASSETTE), COPILOT, rules=PlayRules(repeats=True), deadline=None)
    stage = Faults(player, [parse_rule(line)])
    with serve(stage, own_origins=COPILOT.origins) as server:
        yield server, stage, player


def sync_turn(url):
    items = []
    with CopilotClient(base_url=url, api_key="wiretape-token-1", timeout=TOTAL, max_retries=0) as client:
        try:
            items.extend(client.chat("Hello"))
        except CopilotError as error:
            return items, error
    return items, None


def async_turn(url):
    async def run():
        items = []
        async with AsyncCopilotClient(base_url=url, api_key="wiretape-token-1", timeout=TOTAL, max_retries=0) as client:
            try:
                async for item in client.chat("Hello"):
                    items.append(item)
            except CopilotError as error:
                return items, error
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return items, None

    return asyncio.run(run())


def check(turn, line):
    with nothing_left():
        _check(turn, line)


def _check(turn, line):
    with spoilt(line) as (server, stage, player):
        began = time.monotonic()
        items, error = turn(server.url)
        seconds = time.monotonic() - began
        struck = stage.rules.has_struck
        report = player.report().after_faults()
    assert struck, "the session never came to the place"
    assert report.ok, report.text()
    assert seconds < TOTAL + 5
    assert error is None or (str(error) and error.__class__.__module__.startswith("provider"))
    text = "".join(item for item in items if isinstance(item, str))
    assert error is not None or text


@pytest.mark.parametrize("line", CASES[::6])
@pytest.mark.parametrize("turn", [sync_turn, async_turn])
def test_some_faults(turn, line):
    check(turn, line)


@pytest.mark.slow
@pytest.mark.parametrize("line", CASES)
@pytest.mark.parametrize("turn", [sync_turn, async_turn])
def test_every_fault(turn, line):
    check(turn, line)
