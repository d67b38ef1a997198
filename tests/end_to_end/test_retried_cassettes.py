"""A cassette with a refusal replays to a client that repeats its requests, whether or not it repeated them before."""

import asyncio

import pytest

from harness import replaying
from harness.sessions import recording
from provider import AsyncCopilotClient, CopilotClient, CopilotError, RateLimitError, ResponseStatusError
from tests.support.servers.raw_copilot import OPTIONS, serve_copilot

TOKEN = "fake-access-token-of-the-tests"
SOON = "\nRetry-After: 0.05"
PLACES = {
    "GET /c/api/user": f"503 Service Unavailable{SOON}",
    "POST /c/api/conversations": f"429 Too Many Requests{SOON}",
    "upgrade": f"503 Service Unavailable{SOON}",
}
STEPS = {"upgrade": "GET /c/api/chat (upgrade)"}


def sync_turn(url, **options):
    with CopilotClient(TOKEN, base_url=url, **OPTIONS, **options) as client:
        turn = client.chat("hi")
        try:
            turn.read()
        except CopilotError:
            pass
        return turn


def async_turn(url, **options):
    async def run():
        async with AsyncCopilotClient(TOKEN, base_url=url, **OPTIONS, **options) as client:
            turn = client.chat("hi")
            try:
                await turn.read()
            except CopilotError:
                pass
            return turn

    return asyncio.run(run())


def recorded(path, place, times, **options):
    """A cassette of a turn in which a place is refused so many times."""
    with serve_copilot(refusals={place: [PLACES[place]] * times}) as service, recording(path, service.url) as relay:
        sync_turn(relay.url, **options)
    return path


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("ask", [sync_turn, async_turn])
def test_refusal_and_what_came_after_it_replay(ask, place, tmp_path):
    with replaying(recorded(tmp_path / "a.yaml", place, 1)) as player:
        turn = ask(player.url)
        assert player.report().ok, player.report().text()
    assert turn.record.text == "Hello"
    assert [each.step for each in turn.attempts] == [STEPS.get(place, place)]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("ask", [sync_turn, async_turn])
def test_refusal_that_was_recorded_once_answers_each_attempt(ask, place, tmp_path):
    with replaying(recorded(tmp_path / "a.yaml", place, 1, max_retries=0)) as player:
        turn = ask(player.url)
        assert player.report().ok, player.report().text()
    assert isinstance(turn.error, RateLimitError | ResponseStatusError)
    assert (f"{turn.error.status} " in PLACES[place], turn.error.step) == (True, STEPS.get(place, place))
    assert len(turn.attempts) == 2


def test_request_that_succeeded_in_the_end_is_used_up_after_that(tmp_path):
    with replaying(recorded(tmp_path / "a.yaml", "GET /c/api/user", 1)) as player:
        assert sync_turn(player.url).error is None
        assert isinstance(sync_turn(player.url, max_retries=0).error, CopilotError)
        assert [problem.kind for problem in player.report().problems] == ["used-up"]
