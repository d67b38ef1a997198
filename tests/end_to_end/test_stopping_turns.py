"""`turn.stop()` and `client.stop()` stop the turn that is meant, at any moment, and none else."""

import pytest

from provider import Conversation, CopilotClient, FinishReason
from tests.support.clients.observed_turns import TOKEN, in_asyncio


def test_turn_stopped_before_it_begins_sends_nothing(client, stage):
    turn = client.chat("Hello")
    turn.stop()
    assert [str(item) for item in turn.items if not isinstance(item, FinishReason)] == []
    assert turn.finish_reason == "stopped"
    assert stage.requests == []
    assert "Again" in client.chat("Again").text


@pytest.mark.parametrize("generation", ["2025-03", "2026"])
def test_turn_stopped_at_its_first_item_ends_as_stopped(service, generation):
    with CopilotClient(TOKEN, base_url=service.url, generation=generation) as client:
        turn = client.chat("Hello")
        for item in turn:
            if isinstance(item, Conversation):
                turn.stop()
        assert turn.finish_reason == "stopped"
        assert turn.text == ""
        assert "Again" in client.chat("Again").text


def test_turn_stopped_at_its_first_item_ends_as_stopped_in_asyncio(service):
    async def work(client):
        turn = client.chat("Hello")
        async for item in turn:
            if isinstance(item, Conversation):
                turn.stop()
        return turn.finish_reason, (await client.chat("Again").read()).text

    reason, text = in_asyncio(service, work)
    assert reason == "stopped"
    assert "Again" in text


def test_stop_of_an_earlier_turn_does_not_touch_the_running_one(client):
    first = client.chat("Hello")
    assert first.text
    second = client.chat("Again")
    for item in second:
        if isinstance(item, str):
            first.stop()
    assert second.finish_reason == "stop"


def test_client_stops_the_turn_that_runs(client):
    turn = client.chat("Hello")
    for item in turn:
        if isinstance(item, str):
            client.stop()
    assert turn.finish_reason == "stopped"
