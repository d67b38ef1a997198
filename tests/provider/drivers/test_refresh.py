"""Staying in: refused credentials are replaced once for everybody, and the step is repeated once. Against the fake."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from fake_server.host.server import serve
from fake_server.script import Config, Script
from provider import AsyncCopilotClient, CopilotClient, Credentials, FinishReason, MissingAuthError
from provider.Copilot import Copilot
from provider.drivers.refresh import Renewals
from provider.wire.generations import GENERATIONS

EXPIRED, FRESH = "expired-token-of-the-tests", "fresh-token-of-the-tests"


class Refresh:
    """Gives a fresh token, and counts how often it was asked."""

    def __init__(self, *tokens):
        self.tokens = list(tokens)
        self.asked = 0
        self.threads = set()

    def __call__(self, refused):
        self.asked += 1
        self.threads.add(threading.current_thread().name)
        return (
            Credentials(token=self.tokens[min(self.asked, len(self.tokens)) - 1], source="the test")
            if self.tokens
            else None
        )


@pytest.fixture
def service():
    with serve(Script(Config(tokens=frozenset({FRESH})))) as server:
        yield server


def client(server, refresh, token=EXPIRED, **options):
    return CopilotClient(token, base_url=server.url, refresh=refresh, linger=0.3, **options)


@pytest.mark.parametrize("generation", GENERATIONS)
def test_expired_token_is_replaced_and_the_turn_goes_on(generation):
    refresh = Refresh(FRESH)
    with (
        serve(Script(Config(generation=generation, tokens=frozenset({FRESH})))) as server,
        client(server, refresh, generation=generation) as chat,
    ):
        assert "You said" in chat.chat("hi").text
        assert "turn 2" in chat.chat("and more").text
    assert refresh.asked == 1


async def test_asyncio_client_does_the_same_outside_of_the_loops_thread(service):
    refresh = Refresh(FRESH)
    async with AsyncCopilotClient(EXPIRED, base_url=service.url, refresh=refresh) as chat:
        turn = await chat.chat("hi").read()
    assert (turn.finish_reason, refresh.asked, refresh.threads) == ("stop", 1, {"renewal"})


def test_class_of_the_seed_does_the_same(service):
    messages = [{"role": "user", "content": "hi"}]
    items = list(Copilot.create_completion("", messages, api_key=EXPIRED, base_url=service.url, refresh=Refresh(FRESH)))
    assert FinishReason("stop") in items


def test_token_that_is_refused_again_is_the_end(service):
    refresh = Refresh("expired-token-number-two")
    with client(service, refresh) as chat, pytest.raises(MissingAuthError, match="came from: the test"):
        _ = chat.chat("hi").text
    assert refresh.asked == 1


def test_who_has_no_other_credentials_is_told_whose_were_refused(service):
    with client(service, Refresh()) as chat, pytest.raises(MissingAuthError, match="came from: argument"):
        _ = chat.chat("hi").text


def test_error_of_the_apps_own_refresh_reaches_the_app(service):
    def broken(_):
        raise OSError("no vault")

    with client(service, broken) as chat, pytest.raises(OSError, match="no vault"):
        _ = chat.chat("hi").text


def test_token_that_ends_soon_is_replaced_before_it_is_refused(service):
    ending = Credentials(token="expired-soon", expires_at=0.0, source="the test")
    refresh = Refresh(FRESH)
    with CopilotClient(credentials=ending, base_url=service.url, refresh=refresh, linger=0.3) as chat:
        assert "You said" in chat.chat("hi").text
    assert refresh.asked == 1


def test_token_that_lasts_is_left_alone(service):
    lasting = Credentials(token=FRESH, expires_at=4e9, source="the test")
    refresh = Refresh("never asked for")
    with CopilotClient(credentials=lasting, base_url=service.url, refresh=refresh, linger=0.3) as chat:
        assert "You said" in chat.chat("hi").text
    assert refresh.asked == 0


def test_token_that_expires_between_two_turns_is_replaced(service):
    refresh = Refresh(FRESH)
    script = service.stage
    with client(service, refresh, token=FRESH) as chat:
        assert "turn 1" in chat.chat("hi").text
        chat._driver.close()
        chat._driver, chat._state.socket_open = None, False
        script.refuse_next("upgrade", 401)
        assert "turn 2" in chat.chat("more").text
    assert refresh.asked == 1


def test_a_hundred_chats_that_meet_an_expired_token_cause_one_refresh(service):
    token = "expired-token-of-a-hundred"
    refresh = Refresh(FRESH)
    together = threading.Barrier(11, timeout=30)

    def in_a_thread(_):
        together.wait()
        with client(service, refresh, token) as chat:
            return chat.chat("hi").finish_reason

    async def in_a_task():
        async with AsyncCopilotClient(token, base_url=service.url, refresh=refresh, linger=0.1) as chat:
            return (await chat.chat("hi").read()).finish_reason

    async def tasks():
        await asyncio.to_thread(together.wait)
        return await asyncio.gather(*(in_a_task() for _ in range(90)))

    with ThreadPoolExecutor(11) as pool:
        others = pool.submit(asyncio.run, tasks())
        reasons = [*pool.map(in_a_thread, range(10)), *others.result(timeout=60)]
    assert reasons == ["stop"] * 100
    assert refresh.asked == 1


# -------------------------------------------------------------------- single flight by itself
REFUSED = Credentials(token="refused", source="a test")
OTHER = Credentials(token="other", source="a test")


def test_what_was_fetched_for_some_credentials_is_given_to_who_comes_later():
    renewals, refresh = Renewals(), Refresh("other")
    assert len({id(renewals.renew(REFUSED, refresh)) for _ in range(3)}) == 1
    assert refresh.asked == 1


def test_what_was_fetched_for_one_service_never_goes_to_another():
    renewals, refresh = Renewals(), Refresh("first", "second")
    tokens = [renewals.renew(REFUSED, refresh, where=where).token for where in ("https://one", "https://two")]
    assert tokens == ["first", "second"]


def test_failure_is_tried_again_after_a_while():
    now = [0.0]
    renewals, asked = Renewals(lambda: now[0]), []
    for now[0] in (0.0, 1.0, 3.0):
        assert renewals.renew(REFUSED, asked.append) is None
    assert len(asked) == 2


def test_cancelled_task_leaves_the_fetching_to_the_others():
    begun, go_on = threading.Event(), threading.Event()

    def fetch(_):
        begun.set()
        assert go_on.wait(10)
        return OTHER

    async def scene():
        renewals = Renewals()
        first = asyncio.create_task(renewals.renew_async(REFUSED, fetch))
        await asyncio.to_thread(begun.wait, 10)
        second = asyncio.create_task(renewals.renew_async(REFUSED, fetch))
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.wait([first])
        go_on.set()
        return await second

    assert asyncio.run(scene()) is OTHER
