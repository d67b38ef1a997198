"""Turns keep the messages that they received, if the client was made so."""

import asyncio

import pytest

from fake_server import serve
from fake_server.script import Script
from provider import AsyncCopilotClient, CopilotClient, CopilotError, UsageError
from provider.wire.codec import event_name

TOKEN = "a-token-of-the-tests"


@pytest.fixture
def service():
    with serve(Script()) as running:
        yield running


def sync_turns(url, prompts, **options):
    with CopilotClient(TOKEN, base_url=url, **options) as client:
        turns = [client.chat(prompt) for prompt in prompts]
        for turn in turns:
            try:
                turn.read()
            except CopilotError:
                assert turn.error is not None
    return turns


def async_turns(url, prompts, **options):
    async def run():
        async with AsyncCopilotClient(TOKEN, base_url=url, **options) as client:
            turns = [client.chat(prompt) for prompt in prompts]
            for turn in turns:
                try:
                    await turn.read()
                except CopilotError:
                    assert turn.error is not None
        return turns

    return asyncio.run(run())


both = pytest.mark.parametrize("turns", [sync_turns, async_turns])


@both
def test_each_turn_has_its_own_messages_as_received(service, turns):
    first, second = turns(service.url, ["Hello", "Hello again"], keep_raw_events=True)
    for turn in (first, second):
        names = [event_name(raw) for raw in turn.raw_events]
        assert names.count("startMessage") == names.count("done") == 1
        pieces = [raw for raw in turn.raw_events if b'"appendText"' in raw]
        assert len(pieces) == len([item for item in turn.items if isinstance(item, str)])
    assert event_name(first.raw_events[0]) == "connected"
    assert event_name(second.raw_events[0]) != "connected"


@both
def test_failed_turn_has_the_message_that_failed_it(service, turns):
    (turn,) = turns(service.url, ["/error text-too-long"], keep_raw_events=True)
    assert turn.error is not None
    assert b"text-too-long" in turn.raw_events[-1]


@both
def test_nothing_is_kept_by_default(service, turns):
    (turn,) = turns(service.url, ["Hello"])
    with pytest.raises(UsageError, match="keep_raw_events=True"):
        _ = turn.raw_events


def test_raw_events_never_wait(service):
    with CopilotClient(TOKEN, base_url=service.url, keep_raw_events=True) as client:
        turn = client.chat("Hello")
        assert turn.raw_events == []
        assert turn.state == "new"
        for item in turn:
            if isinstance(item, str):
                break
        assert b'"appendText"' in turn.raw_events[-1]
