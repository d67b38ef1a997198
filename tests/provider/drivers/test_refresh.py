"""Staying in: refused credentials are replaced once for everybody, and the step is repeated once. Against the fake."""

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from fake_server.host.server import serve
from fake_server.script import Config, Script
from provider import AsyncCopilotClient, CopilotClient, Credentials, FinishReason, MissingAuthError
from provider import TimeoutError as CopilotTimeoutError
from provider.Copilot import Copilot
from provider.drivers.refresh import CredentialRefresher
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
    assert (turn.finish_reason, refresh.asked, refresh.threads) == ("stop", 1, {"refresh"})


def test_class_of_the_seed_does_the_same(service):
    messages = [{"role": "user", "content": "hi"}]
    items = list(Copilot.create_completion("", messages, api_key=EXPIRED, base_url=service.url, refresh=Refresh(FRESH)))
    assert FinishReason("stop") in items


def test_token_that_is_refused_again_is_the_end(service):
    refresh = Refresh("expired-token-number-two")
    with client(service, refresh) as chat, pytest.raises(MissingAuthError, match="Credentials source: the test"):
        _ = chat.chat("hi").text
    assert refresh.asked == 1


def test_who_has_no_other_credentials_is_told_whose_were_refused(service):
    with client(service, Refresh()) as chat, pytest.raises(MissingAuthError, match="Credentials source: argument"):
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
        chat._own._driver.close()
        chat._own._driver, chat._own._state.socket_open = None, False
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


def test_result_is_cached_for_later_callers():
    refresher, refresh = CredentialRefresher(), Refresh("other")
    assert len({id(refresher.refresh(REFUSED, refresh)) for _ in range(3)}) == 1
    assert refresh.asked == 1


def test_result_for_one_service_never_goes_to_another():
    refresher, refresh = CredentialRefresher(), Refresh("first", "second")
    tokens = [refresher.refresh(REFUSED, refresh, service=url).token for url in ("https://one", "https://two")]
    assert tokens == ["first", "second"]


def test_failure_is_tried_again_after_a_while():
    now = [0.0]
    refresher, asked = CredentialRefresher(lambda: now[0]), []
    for now[0] in (0.0, 1.0, 3.0):
        assert refresher.refresh(REFUSED, asked.append) is None
    assert len(asked) == 2


@pytest.mark.parametrize(("lasts", "tokens"), [(3600.0, ["token 1", "token 1"]), (60.0, ["token 1", "token 2"])])
def test_cached_result_is_used_until_it_is_about_to_expire(lasts, tokens):
    now, asked = [0.0], []

    def fetch(_):
        asked.append(1)
        return Credentials(token=f"token {len(asked)}", expires_at=time.time() + lasts)

    refresher = CredentialRefresher(lambda: now[0])
    found = []
    for now[0] in (0.0, 10.0):
        found.append(refresher.refresh(REFUSED, fetch).token)
    assert found == tokens


def test_cached_result_that_is_rejected_itself_is_not_used_again():
    now, refresh = [0.0], Refresh("second", "third")
    refresher = CredentialRefresher(lambda: now[0])
    second = refresher.refresh(REFUSED, refresh)
    now[0] = 10.0
    assert refresher.refresh(second, refresh).token == "third"
    now[0] = 20.0
    assert refresher.refresh(REFUSED, refresh).token == "third"
    assert refresh.asked == 3


def test_constant_api_key_is_refreshed_again_once_the_refreshed_token_has_expired(service):
    refresh = Refresh("fresh-for-a-while", FRESH)
    token = "expired-token-of-a-long-day"
    with client(service, refresh, token) as chat, pytest.raises(MissingAuthError):
        _ = chat.chat("hi").text
    with client(service, refresh, "fresh-for-a-while") as chat:
        assert "You said" in chat.chat("hi").text
    with client(service, refresh, token) as chat:
        assert "You said" in chat.chat("hi").text


@pytest.mark.parametrize("where", ["thread", "task"])
def test_refresh_keeps_the_deadline_of_the_call(service, where):
    go_on = threading.Event()

    def slow(_):
        assert go_on.wait(20)

    async def task():
        async with AsyncCopilotClient("expired-task", base_url=service.url, refresh=slow, timeout=0.5) as chat:
            await chat.chat("hi").read()

    def thread():
        with client(service, slow, "expired-thread", timeout=0.5) as chat:
            return chat.chat("hi").text

    ask = {"task": lambda: asyncio.run(task()), "thread": thread}[where]
    begun = time.monotonic()
    try:
        with pytest.raises(CopilotTimeoutError):
            ask()
        assert time.monotonic() - begun < 10
    finally:
        go_on.set()


def test_cancelled_task_leaves_the_refresh_to_the_others():
    begun, go_on = threading.Event(), threading.Event()

    def fetch(_):
        begun.set()
        assert go_on.wait(10)
        return OTHER

    async def scene():
        refresher = CredentialRefresher()
        first = asyncio.create_task(refresher.refresh_async(REFUSED, fetch))
        await asyncio.to_thread(begun.wait, 10)
        second = asyncio.create_task(refresher.refresh_async(REFUSED, fetch))
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.wait([first])
        go_on.set()
        return await second

    assert asyncio.run(scene()) is OTHER
