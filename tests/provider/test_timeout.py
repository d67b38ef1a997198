"""Each part of a `Timeout` ends a turn that waits too long, with both clients."""

import asyncio
import time

import pytest

from provider import AsyncCopilotClient, Copilot, CopilotClient, FinishReason, Timeout
from provider import TimeoutError as CopilotTimeoutError
from tests.support.servers import raw_copilot
from tests.support.servers.raw_copilot import DONE, HELLO, OPTIONS, PING, RECEIVED, read_command, serve_copilot
from tests.support.servers.raw_server import PING as WS_PING
from tests.support.servers.raw_server import PONG as WS_PONG
from tests.support.servers.raw_server import frame

TOKEN = "a-token-of-the-tests"
NO_MESSAGES = (PING, frame(WS_PING), frame(WS_PONG))


def blocking(url, timeout, **options):
    with CopilotClient(TOKEN, base_url=url, **{**OPTIONS, **options}) as client:
        return list(client.chat("hi", timeout=timeout))


def in_asyncio(url, timeout, **options):
    async def run():
        async with AsyncCopilotClient(TOKEN, base_url=url, **{**OPTIONS, **options}) as client:
            return [item async for item in client.chat("hi", timeout=timeout)]

    return asyncio.run(run())


both = pytest.mark.parametrize("ask", [blocking, in_asyncio])


def fails(ask, server, timeout, **options):
    """Asks, and returns the error of the deadline that passes within a few seconds."""
    begun = time.monotonic()
    with pytest.raises(CopilotTimeoutError) as caught:
        ask(server if isinstance(server, str) else server.url, timeout, **options)
    assert time.monotonic() - begun < 10
    return caught.value


def chats(*frames, forever=()):
    """A chat that answers a message with frames, and then sends others without an end."""

    async def chat(connection):
        await read_command(connection)
        await connection.send(*frames)
        if forever:
            await raw_copilot.every(0.05, connection, *forever)
        await connection.until_gone()

    return chat


@both
def test_total_ends_a_turn_whatever_comes(ask):
    with serve_copilot(chats(forever=[HELLO])) as server:
        error = fails(ask, server, Timeout(total=0.5, idle=5))
    assert (error.part, error.seconds, error.step) == ("total", 0.5, "receive")
    assert error.partial.startswith("Hello")
    assert str(error) == (
        "The call was not over within 0.5 s (timeout.total) (at receive). Allow more with `timeout=Timeout(total=...)`, or "
        "pass None for no such deadline."
    )


@both
def test_first_is_not_prolonged_by_pings_or_an_acknowledgement(ask):
    with serve_copilot(chats(RECEIVED, forever=NO_MESSAGES)) as server:
        error = fails(ask, server, Timeout(first=0.5))
    assert (error.part, error.seconds, error.step, error.partial) == ("first", 0.5, "receive", "")


@both
def test_idle_is_not_prolonged_by_pings(ask):
    with serve_copilot(chats(HELLO, forever=NO_MESSAGES)) as server:
        error = fails(ask, server, Timeout(idle=0.5))
    assert (error.part, error.seconds, error.step, error.partial) == ("idle", 0.5, "receive", "Hello")


@both
def test_idle_bounds_the_wait_for_the_answer_where_first_does_not(ask):
    with serve_copilot(chats(RECEIVED)) as server:
        error = fails(ask, server, Timeout(idle=0.4))
    assert (error.part, error.seconds) == ("idle", 0.4)


@both
def test_answer_may_begin_late_where_first_allows_it(ask):
    async def chat(connection):
        await read_command(connection)
        await asyncio.sleep(0.6)
        await connection.send(HELLO, DONE)
        await connection.until_gone()

    with serve_copilot(chat) as server:
        assert ask(server.url, Timeout(first=9, idle=0.3))[1] == "Hello"


@both
def test_idle_does_not_end_an_answer_that_goes_on(ask):
    async def chat(connection):
        await read_command(connection)
        for _ in range(8):
            await connection.send(HELLO)
            await asyncio.sleep(0.1)
        await connection.send(DONE)
        await connection.until_gone()

    with serve_copilot(chat) as server:
        assert ask(server.url, Timeout(idle=0.6)).count("Hello") == 8


@both
def test_connect_bounds_the_handshake_of_a_request(ask):
    async def silent(connection):
        await connection.until_gone()

    with raw_copilot.serve_raw(silent) as server:
        error = fails(ask, f"https://127.0.0.1:{server.port}", Timeout(connect=0.3))
    assert (error.part, error.seconds, error.step) == ("connect", 0.3, "GET /c/api/user")


@both
def test_connect_bounds_the_upgrade(ask):
    with serve_copilot(refusals={"upgrade": [""] * 3}) as server:
        error = fails(ask, server, Timeout(connect=0.3))
    assert (error.part, error.seconds, error.step) == ("connect", 0.3, "GET /c/api/chat (upgrade)")


@both
def test_option_connect_timeout_is_the_part_connect(ask):
    with serve_copilot(refusals={"upgrade": [""] * 3}) as server:
        error = fails(ask, server, 60, connect_timeout=0.3)
    assert (error.part, error.seconds) == ("connect", 0.3)


@both
def test_answer_of_a_request_is_bounded_by_total_and_not_by_connect(ask):
    with serve_copilot(refusals={"GET /c/api/user": [""]}) as server:
        error = fails(ask, server, Timeout(total=0.8, connect=0.2))
    assert (error.part, error.step) == ("total", "GET /c/api/user")


@both
def test_upload_keeps_the_total(ask):
    async def run(url):
        async with AsyncCopilotClient(TOKEN, base_url=url, **OPTIONS) as client:
            await client.chat("look", media=[b"GIF89a.."], timeout=0.5).read()

    def sync(url):
        with CopilotClient(TOKEN, base_url=url, **OPTIONS) as client:
            client.chat("look", media=[b"GIF89a.."], timeout=0.5).read()

    work = sync if ask is blocking else lambda url: asyncio.run(run(url))
    with serve_copilot(refusals={"POST /c/api/attachments": [""]}) as server:
        error = fails(lambda url, _: work(url), server, None)
    assert (error.part, error.step) == ("total", "POST /c/api/attachments")


def test_hook_that_answers_challenges_keeps_the_total():
    async def slow(_):
        await asyncio.Event().wait()

    challenge = raw_copilot.event("challenge", method="hashcash", parameter="9f:4", id="1")
    with serve_copilot(chats(challenge)) as server:
        error = fails(in_asyncio, server, 0.5, on_challenge=slow)
    assert error.part == "total"


@both
def test_linger_is_not_prolonged_by_pings(ask):
    with serve_copilot(chats(HELLO, DONE, forever=NO_MESSAGES)) as server:
        begun = time.monotonic()
        items = ask(server.url, Timeout(total=60))
        assert time.monotonic() - begun < 10
    assert items[-2:] == ["Hello", FinishReason("stop")]


def test_original_surface_takes_a_timeout_of_parts():
    async def collect(url):
        async for _ in Copilot.create_async("Copilot", [], prompt="hi", base_url=url, **OPTIONS, timeout=parts):
            pass

    parts = Timeout(idle=0.4)
    with serve_copilot(chats(HELLO)) as server:
        with pytest.raises(CopilotTimeoutError) as caught:
            list(Copilot.create_completion("Copilot", [], prompt="hi", base_url=server.url, **OPTIONS, timeout=parts))
        assert (caught.value.part, caught.value.partial) == ("idle", "Hello")
        with pytest.raises(CopilotTimeoutError) as caught:
            asyncio.run(collect(server.url))
        assert (caught.value.part, caught.value.partial) == ("idle", "Hello")
