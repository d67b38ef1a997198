"""docs/pytest.md, "Fixtures"."""

import json
import urllib.request

import pytest


@pytest.mark.cassette("conversations")
def test_list_is_asked_for_once(wire):
    with urllib.request.urlopen(f"{wire.url}/c/api/conversations", timeout=10) as answer:
        assert json.load(answer) == {"results": [], "next": None}
    [call] = wire.calls
    assert (call.method, call.path, call.status) == ("GET", "/c/api/conversations", 200)


@pytest.mark.cassette("greeting")
def test_what_the_client_said(wire, copilot):
    assert copilot.chat("Hello").text
    sent = wire.sent[-1]
    assert sent["event"] == "send"
    assert sent["content"] == [{"type": "text", "text": "Hello"}]


@pytest.mark.cassette("greeting")
async def test_greets_in_asyncio(async_copilot):
    turn = await async_copilot.chat("Hello").read()
    assert "Hello" in turn.text
