"""Failures before a prompt are repeated over real sockets, with both clients: waits, limits, and ways to end them."""

import asyncio
import logging
import socket
import threading
import time
from email.utils import formatdate

import pytest

from provider import (
    AsyncCopilotClient,
    Attempt,
    ConnectionClosedError,
    Copilot,
    CopilotClient,
    CopilotError,
    FinishReason,
    RateLimitError,
    ResponseStatusError,
    Timeout,
    UsageError,
)
from provider import TimeoutError as CopilotTimeoutError
from tests.support.servers.raw_copilot import OPTIONS, places, read_command, serve_copilot

TOKEN = "a-token-of-the-tests"
REST = "GET /c/api/user"
SOON = "\nRetry-After: 0.05"
LATE = "\nRetry-After: 20"


def sync_turn(url, **options):
    with CopilotClient(TOKEN, base_url=url, **{**OPTIONS, **options}) as client:
        turn = client.chat("hi")
        try:
            turn.read()
        except CopilotError:
            pass
        return turn


def async_turn(url, **options):
    async def run():
        async with AsyncCopilotClient(TOKEN, base_url=url, **{**OPTIONS, **options}) as client:
            turn = client.chat("hi")
            try:
                await turn.read()
            except CopilotError:
                pass
            return turn

    return asyncio.run(run())


both = pytest.mark.parametrize("ask", [sync_turn, async_turn])


@both
def test_turn_succeeds_after_failures_and_lists_them(ask, caplog):
    refusals = {REST: [f"429 Too Many{SOON}", f"503 Unavailable{SOON}"], "upgrade": [f"503 Unavailable{SOON}"]}
    with caplog.at_level(logging.INFO, "provider.retry"), serve_copilot(refusals=refusals) as server:
        turn = ask(server.url)
    assert turn.record.text == "Hello"
    assert turn.attempts == (
        Attempt(REST, "status 429", 0.05),
        Attempt(REST, "status 503", 0.05),
        Attempt("GET /c/api/chat (upgrade)", "status 503", 0.05),
    )
    assert [each.message for each in caplog.records if each.name == "provider.retry"] == [
        "GET /c/api/user failed (status 429): retry 1 of 2 in 0.05 s",
        "GET /c/api/user failed (status 503): retry 2 of 2 in 0.05 s",
        "GET /c/api/chat (upgrade) failed (status 503): retry 1 of 2 in 0.05 s",
    ]
    assert TOKEN not in caplog.text


@both
def test_date_of_retry_after_is_kept(ask):
    refusals = {REST: [f"429 Too Many\nRetry-After: {formatdate(time.time() + 2, usegmt=True)}"]}
    with serve_copilot(refusals=refusals) as server:
        turn = ask(server.url)
    assert turn.record.text == "Hello"
    [attempt] = turn.attempts
    assert 0 < attempt.seconds <= 2


@both
def test_wait_without_retry_after_is_shortened_by_chance(ask):
    with serve_copilot(refusals={REST: ["429 Too Many"]}) as server:
        turn = ask(server.url)
    assert turn.record.text == "Hello"
    assert 0.375 <= turn.attempts[0].seconds <= 0.5


@both
def test_failure_to_connect_is_raised_after_the_retries(ask):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        turn = ask(f"http://127.0.0.1:{unused.getsockname()[1]}")
    assert isinstance(turn.error, ConnectionClosedError)
    assert turn.error.how == "connect"
    assert [(each.step, each.reason) for each in turn.attempts] == [(REST, "no connection")] * 2


@both
def test_without_retries_the_first_failure_is_raised(ask):
    with serve_copilot(refusals={REST: [f"429 Too Many{SOON}"]}) as server:
        turn = ask(server.url, max_retries=0)
        assert places(server) == [REST]
    assert isinstance(turn.error, RateLimitError)
    assert (turn.error.retry_after, turn.attempts) == (0.05, ())


@both
@pytest.mark.parametrize("asked", ["31", "20"], ids=["over the limit", "beyond the deadline"])
def test_wait_that_is_too_long_raises_at_once(ask, asked):
    with serve_copilot(refusals={REST: [f"429 Too Many\nRetry-After: {asked}"]}) as server:
        begun = time.monotonic()
        turn = ask(server.url, timeout=15)
        assert time.monotonic() - begun < 10
    assert isinstance(turn.error, RateLimitError)
    assert (turn.error.retry_after, turn.attempts) == (float(asked), ())


@both
def test_prompt_that_may_have_arrived_is_never_sent_again(ask):
    async def chat(connection):
        connection.tell(await read_command(connection))
        connection.reset()

    with serve_copilot(chat) as server:
        turn = ask(server.url)
        assert server.hears()["event"] == "send"
        assert server.told.empty()
    assert isinstance(turn.error, ConnectionClosedError)
    assert turn.attempts == ()


@both
def test_total_bounds_the_turn_with_its_retries(ask):
    with serve_copilot(refusals={REST: ["429 Too Many"] * 50}) as server:
        begun = time.monotonic()
        turn = ask(server.url, max_retries=50, timeout=Timeout(total=1.5))
        assert time.monotonic() - begun < 10
    assert isinstance(turn.error, RateLimitError | CopilotTimeoutError)
    assert 0 < len(turn.attempts) < 50


# ------------------------------------------------------------------ ending a wait
def waiting(server):
    """Waits until the service has refused the request: the client waits for the next attempt soon after."""
    while not server.requests:
        server.go.wait(0.01)


@pytest.mark.parametrize("end", ["turn.stop", "client.stop", "client.close"])
def test_stop_ends_the_wait_at_once(end):
    with serve_copilot(refusals={REST: [f"429 Too Many{LATE}"]}) as server:
        client = CopilotClient(TOKEN, base_url=server.url, **OPTIONS)
        turn = client.chat("hi")
        begun = time.monotonic()
        reader = threading.Thread(target=turn.read)
        reader.start()
        waiting(server)
        {"turn.stop": turn.stop, "client.stop": client.stop, "client.close": client.close}[end]()
        reader.join(10)
        assert not reader.is_alive()
        assert time.monotonic() - begun < 10
        client.close()
        assert places(server) == [REST]
    assert turn.record.items == [FinishReason("stopped")]


@pytest.mark.parametrize("end", ["turn.stop", "turn.close", "cancel"])
def test_stop_or_cancellation_ends_the_wait_at_once_in_asyncio(end):
    async def run(server):
        async with AsyncCopilotClient(TOKEN, base_url=server.url, **OPTIONS) as client:
            turn = client.chat("hi")
            task = asyncio.create_task(turn.read())
            await asyncio.to_thread(waiting, server)
            if end == "cancel":
                task.cancel()
            elif end == "turn.close":
                await turn.close()
                turn.stop()
            else:
                await asyncio.to_thread(turn.stop)
            await asyncio.wait([task], timeout=10)
            assert task.done()
            return turn.record.items, task.cancelled()

    with serve_copilot(refusals={REST: [f"429 Too Many{LATE}"]}) as server:
        begun = time.monotonic()
        items, cancelled = asyncio.run(run(server))
        assert time.monotonic() - begun < 10
        assert places(server) == [REST]
    assert cancelled is (end == "cancel")
    assert items == ([FinishReason("stopped")] if end == "turn.stop" else [])


# ------------------------------------------------------------------ the account, and the original surface
def test_calls_of_the_account_are_repeated_where_that_is_safe():
    refusals = {"GET /c/api/config": [f"503 Unavailable{SOON}"], "DELETE /c/api/conversations/one": ["503 Unavailable"]}
    with serve_copilot(refusals=refusals) as server:
        with CopilotClient(TOKEN, base_url=server.url, **OPTIONS) as client:
            assert client.limits().max_text_message_length == 10
            with pytest.raises(ResponseStatusError):
                client.delete("one")
        assert places(server) == ["GET /c/api/config"] * 2 + ["DELETE /c/api/conversations/one"]


def test_call_of_the_account_that_is_stopped_while_it_waits_is_a_usage_error():
    failures = []

    def ask():
        try:
            client.limits()
        except UsageError as error:
            failures.append(str(error))

    with (
        serve_copilot(refusals={"GET /c/api/config": [f"503 Unavailable{LATE}"]}) as server,
        CopilotClient(TOKEN, base_url=server.url, **OPTIONS) as client,
    ):
        thread = threading.Thread(target=ask)
        thread.start()
        waiting(server)
        client.stop()
        thread.join(10)
    assert failures == ["The call was stopped before its end, by `stop()` or `close()` (at GET /c/api/config)."]


def test_original_surface_repeats_nothing_unless_asked():
    def ask(url, **options):
        return list(Copilot.create_completion("Copilot", [], prompt="hi", base_url=url, **OPTIONS, **options))

    with serve_copilot(refusals={REST: [f"429 Too Many{SOON}"] * 2}) as server:
        with pytest.raises(RateLimitError):
            ask(server.url)
        assert places(server) == [REST]
        assert ask(server.url, max_retries=2)[0] == "Hello"


def test_negative_number_of_retries_is_a_usage_error():
    with pytest.raises(UsageError, match="max_retries is -1"):
        CopilotClient(max_retries=-1)
