"""docs/migrating.md: with wiretape."""

from pathlib import Path

import pytest
from harness import replaying

import account


@pytest.fixture(scope="module")
def wire_config():
    return {"timeout": 10}


@pytest.mark.cassette
def test_first_name(wire):
    assert account.first_name() == "wiretape-text-1"
    assert len(wire.calls) == 1


@pytest.mark.cassette
@pytest.mark.default_cassette("conversation")
def test_conversation_is_opened(wire):
    assert len(account.open_conversation()) == 21


def test_first_name_in_a_block(monkeypatch):
    with replaying(Path(__file__).parent / "cassettes" / "test_after" / "test_first_name.yaml") as server:
        monkeypatch.setenv("COPILOT_BASE_URL", server.url)
        monkeypatch.setenv("COPILOT_TOKEN", "any")
        assert account.first_name() == "wiretape-text-1"
        server.report().check()
