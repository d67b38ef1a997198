"""However a turn is left, its client is free at once and the next question works: with both clients."""

import asyncio
import contextlib
import threading

import pytest

from fake_server import serve
from harness.scripted import Scripted
from provider import Conversation, CopilotClient, UsageError
from tests.support.clients.observed_turns import TOKEN, in_asyncio


class OwnError(Exception):
    pass


def leave_by_break(client):
    for item in client.chat("Hello"):
        if isinstance(item, str):
            break


def leave_by_exception(client):
    with contextlib.suppress(OwnError):
        for item in client.chat("Hello"):
            if isinstance(item, str):
                raise OwnError


def leave_by_interrupt(client):
    with contextlib.suppress(KeyboardInterrupt):
        for item in client.chat("Hello"):
            if isinstance(item, str):
                raise KeyboardInterrupt


def leave_with_statement(client):
    with client.chat("Hello") as turn:
        iterator = iter(turn)
        next(iterator)
    assert turn.state == "over"
    assert list(iterator) == []


def leave_by_close(client):
    turn = client.chat("Hello")
    iterator = iter(turn)
    next(iterator)
    turn.close()
    turn.close()
    assert list(iterator) == []


def leave_before_it_begins(client):
    turn = client.chat("Hello")
    turn.close()
    assert turn.text == ""


LEAVE = [
    leave_by_break,
    leave_by_exception,
    leave_by_interrupt,
    leave_with_statement,
    leave_by_close,
    leave_before_it_begins,
]


@pytest.mark.parametrize("leave", LEAVE, ids=lambda leave: leave.__name__)
def test_client_is_free_when_a_turn_was_left(client, leave):
    leave(client)
    assert "Again" in client.chat("Again").text


async def aleave_by_break(client):
    async for item in client.chat("Hello"):
        if isinstance(item, str):
            break


async def aleave_by_exception(client):
    with contextlib.suppress(OwnError):
        async for item in client.chat("Hello"):
            if isinstance(item, str):
                raise OwnError


async def aleave_by_cancellation(client):
    begun = asyncio.Event()

    async def ask():
        async for item in client.chat("/slow"):
            if isinstance(item, Conversation):
                begun.set()

    task = asyncio.create_task(ask())
    await begun.wait()
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()


async def aleave_by_timeout(client):
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(0.3):
            await client.chat("/slow").read()


async def aleave_with_statement(client):
    async with client.chat("Hello") as turn:
        iterator = aiter(turn)
        await anext(iterator)
    assert turn.state == "over"
    assert [item async for item in iterator] == []


async def aleave_by_aclose(client):
    turn = client.chat("Hello")
    iterator = aiter(turn)
    await anext(iterator)
    await turn.aclose()
    await turn.close()
    assert [item async for item in iterator] == []


async def aleave_while_it_begins(client):
    turn = client.chat("Hello", media=[b"%PDF-1.7 of this test"])
    begins = asyncio.ensure_future(turn.read())
    await asyncio.sleep(0)  # a thread reads credentials and media now
    await turn.close()
    await begins
    assert turn.items == []


ALEAVE = [
    aleave_while_it_begins,
    aleave_by_break,
    aleave_by_exception,
    aleave_by_cancellation,
    aleave_by_timeout,
    aleave_with_statement,
    aleave_by_aclose,
]


@pytest.mark.parametrize("leave", ALEAVE, ids=lambda leave: leave.__name__)
def test_asyncio_client_is_free_when_a_turn_was_left(service, leave):
    async def work(client):
        await leave(client)
        return (await client.chat("Again").read()).text

    assert "Again" in in_asyncio(service, work)


def test_turn_that_is_held_open_is_said_with_what_to_do(client):
    turn = client.chat("Hello")
    iterator = iter(turn)
    next(iterator)
    with pytest.raises(UsageError, match="Another turn of this conversation is running") as caught:
        _ = client.chat("Again").text
    assert "turn.close()" in caught.value.hint
    assert "Hello" in "".join(item for item in iterator if isinstance(item, str))


def test_closing_from_another_thread_stops_the_turn(service):
    script = Scripted().say("one").stall()
    with serve(script.stage()) as server, CopilotClient(TOKEN, base_url=server.url, timeout=2) as client:
        turn = client.chat("Hello")
        heard = []

        def listen():
            with contextlib.suppress(Exception):
                heard.extend(turn)

        thread = threading.Thread(target=listen)
        thread.start()
        while not turn.partial:
            pass
        turn.close()
        thread.join(30)
        assert not thread.is_alive()
    assert turn.partial == "one"
