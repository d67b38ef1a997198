"""One asyncio client in several event loops, one after the other: test runners, Jupyter, Celery and Django do that."""

import asyncio
import gc
import threading

import pytest
import uvloop

from provider import AsyncCopilotClient, CopilotClient, ResponseStatusError
from tests.support.clients.observed_turns import TOKEN
from tests.support.leaks import lasting_tasks


@pytest.fixture
def client(service):
    client = AsyncCopilotClient(TOKEN, base_url=service.url)
    yield client
    asyncio.run(client.close())


async def ask(client, prompt="Hello"):
    return (await client.chat(prompt).read()).text


async def ask_and_look(client):
    text = await ask(client)
    return text, await client.history()


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def test_conversation_goes_on_in_the_next_loop(client, run):
    assert "turn 1" in run(ask(client))
    assert "turn 2" in run(ask(client))
    text, history = run(ask_and_look(client))
    assert "turn 3" in text
    assert len(history) == 6


def test_loop_that_was_left_open_is_no_hindrance(client):
    with asyncio.Runner() as first, asyncio.Runner() as second:
        assert "turn 1" in first.run(ask(client))
        assert "turn 2" in second.run(ask(client))
        assert "turn 3" in first.run(ask(client))


def test_loop_of_another_thread_may_follow(client):
    said = [asyncio.run(ask(client))]
    thread = threading.Thread(target=lambda: said.append(asyncio.run(ask(client))))
    thread.start()
    thread.join(30)
    assert ["turn 1" in said[0], "turn 2" in said[1]] == [True, True]


def test_turn_that_was_left_in_one_loop_does_not_disturb_the_next(client):
    async def leave():
        async for item in client.chat("Hello"):
            if isinstance(item, str):
                break

    asyncio.run(leave())
    gc.collect()
    assert "You said" in asyncio.run(ask(client))


def test_client_is_closed_in_a_loop_of_its_own(service):
    client = AsyncCopilotClient(TOKEN, base_url=service.url)
    asyncio.run(ask(client))
    asyncio.run(client.close())
    asyncio.run(client.close())


def test_blocking_client_works_inside_of_a_running_loop_and_in_another_thread(service):
    with CopilotClient(TOKEN, base_url=service.url) as client:

        async def inside():
            return client.chat("Hello").text

        assert "turn 1" in asyncio.run(inside())
        said = []
        thread = threading.Thread(target=lambda: said.append(client.chat("Hello").text))
        thread.start()
        thread.join(30)
        assert "turn 2" in said[0]


def test_question_after_a_failed_look_opens_a_new_socket(service):
    with CopilotClient(TOKEN, base_url=service.url) as client:
        assert "turn 1" in client.chat("Hello").text
        with pytest.raises(ResponseStatusError):
            client.history("no-such-conversation")
        assert "turn 2" in client.chat("Hello").text


def test_question_after_a_failed_look_opens_a_new_socket_in_asyncio(client):
    async def run():
        await ask(client)
        with pytest.raises(ResponseStatusError):
            await client.history("no-such-conversation")
        return await ask(client)

    assert "turn 2" in asyncio.run(run())


def test_conversation_that_is_dropped_between_two_runs_of_a_loop_closes_in_the_next(service):
    client = AsyncCopilotClient(TOKEN, base_url=service.url)
    kept = [client.conversations.create()]

    async def talk():
        return (await kept[0].chat("Hello").read()).text

    with asyncio.Runner() as runner:
        assert "Hello" in runner.run(talk())
        kept.clear()
        runner.run(client.close())
        assert runner.run(lasting_tasks()) == set()
