"""Many conversations of one client at once: in threads, tasks and event loops."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from fake_server import serve
from fake_server.script import Config, Script
from provider import (
    ArgumentTypeError,
    AsyncCopilotClient,
    Conversation,
    CopilotClient,
    Credentials,
    FinishReason,
    UsageError,
)

TOKEN = "token-of-the-tests"  # made up
NAMES = [f"question-{number}" for number in range(6)]


def aclient(service):
    return AsyncCopilotClient(TOKEN, base_url=service.url, linger=0.2)


def test_conversations_run_at_once_in_threads(client):
    handles = [client.conversations.create() for _ in NAMES]
    together = threading.Barrier(len(NAMES))

    def talk(handle, name):
        turn = handle.chat(f"{name} {'word ' * 50}")
        items = iter(turn)
        next(items)
        together.wait(10)  # all turns are under way now
        list(items)
        return [turn.text, handle.chat("again").text]

    with ThreadPoolExecutor(len(NAMES)) as pool:
        answers = list(pool.map(talk, handles, NAMES))
    for handle, name, (first, second) in zip(handles, NAMES, answers, strict=True):
        assert name in first
        assert [each.text for each in handle.history() if each.author == "ai"] == [first, second]
    assert len({handle.id for handle in handles}) == len(NAMES)
    assert {each.id for each in client.conversations.list()} == {handle.id for handle in handles}
    assert client.conversation is None


async def test_conversations_run_at_once_in_tasks(service):
    async with aclient(service) as client:
        handles = [client.conversations.create() for _ in NAMES]

        async def talk(handle, name):
            first = (await handle.chat(name).read()).text
            return first, [each.text for each in await handle.history() if each.author == "ai"]

        answers = await asyncio.gather(*map(talk, handles, NAMES))
        assert all(name in first and said == [first] for name, (first, said) in zip(NAMES, answers, strict=True))
        assert {each.id for each in await client.conversations.list()} == {handle.id for handle in handles}


def test_conversations_run_at_once_in_several_event_loops(service):
    client = aclient(service)

    def run(name):
        async def talk():
            async with client.conversations.create() as handle:
                return (await handle.chat(name).read()).text

        return asyncio.run(talk())

    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(run, NAMES))
    assert all(name in answer for name, answer in zip(NAMES, answers, strict=True))
    asyncio.run(client.close())


def test_one_handle_works_in_one_event_loop_after_the_other(service):
    client = aclient(service)
    handle = client.conversations.create()

    async def talk(name):
        return (await handle.chat(name).read()).text

    assert ["one" in asyncio.run(talk("one")), "two" in asyncio.run(talk("two"))] == [True, True]
    asyncio.run(client.close())


def test_client_chats_while_conversations_do(client):
    own = iter(client.chat("/long 50"))
    next(own)
    with client.conversations.create() as handle:
        assert "Hello" in handle.chat("Hello").text
    own.close()
    assert client.conversation != handle.conversation


def test_conversations_are_listed_while_a_turn_runs(client):
    items = iter(client.chat("/long 50"))
    next(items)
    assert [each.id for each in client.conversations()] == [client.conversation.conversation_id]
    assert client.conversations.list() == client.conversations()
    assert FinishReason("stop") in list(items)


async def test_conversations_are_listed_while_a_turn_runs_in_asyncio(service):
    async with aclient(service) as client:
        async for _ in client.chat("/long 50"):
            assert [each.id for each in await client.conversations()] == [client.conversation.conversation_id]
            assert await client.conversations.list() == await client.conversations()
            break


def test_conversation_is_continued_by_id_or_value(client):
    first = client.conversations.create()
    first.chat("one")
    assert first.id is None
    assert first.chat("two").text
    by_id, by_value = client.conversations.get(first.id), client.conversations.get(Conversation(first.id))
    assert by_id.chat("three").text
    assert [each.text for each in by_value.history() if each.author == "human"] == ["two", "three"]
    by_value.delete()
    assert (by_value.id, client.conversations.list()) == (None, [])


def test_conversation_that_has_not_begun_has_no_history(client):
    for call in (client.conversations.create().history, client.conversations.create().delete):
        with pytest.raises(UsageError, match="There is no conversation yet"):
            call()


@pytest.mark.parametrize("wrong", [7, b"id", ["id"]])
def test_conversation_of_a_wrong_type_is_a_type_error(client, wrong):
    for call in (
        client.conversations.get,
        client.history,
        client.delete,
        lambda value: setattr(client, "conversation", value),
    ):
        with pytest.raises(ArgumentTypeError, match="conversation must be Conversation") as caught:
            call(wrong)
        assert isinstance(caught.value, TypeError)


def test_one_turn_at_a_time_in_each_conversation(client):
    handle = client.conversations.create()
    running = iter(handle.chat("/long 50"))
    next(running)
    with pytest.raises(UsageError, match=r"Another turn of this conversation is running.*client\.conversations"):
        list(handle.chat("Hello"))
    running.close()
    assert "Hello" in handle.chat("Hello").text


def test_of_many_threads_one_has_the_turn_and_the_others_are_told(client):
    handle = client.conversations.create()
    together = threading.Barrier(len(NAMES))

    def talk(name):
        together.wait(10)
        try:
            return handle.chat(name).text
        except UsageError as error:
            return error

    with ThreadPoolExecutor(len(NAMES)) as pool:
        answers = list(pool.map(talk, NAMES))
    texts = [each for each in answers if isinstance(each, str)]
    assert texts
    assert all(
        "Another turn of this conversation is running" in str(each) for each in answers if not isinstance(each, str)
    )
    assert len(handle.history()) == 2 * len(texts)


def test_wrong_credentials_of_one_client_are_refreshed_once_for_all_conversations():
    with serve(Script(Config(tokens=["good"]))) as server:
        asked = []

        def refresh(rejected):
            asked.append(rejected.token)
            return Credentials(token="good")

        with CopilotClient("bad", base_url=server.url, refresh=refresh) as client:
            handles = [client.conversations.create() for _ in NAMES]
            with ThreadPoolExecutor(len(NAMES)) as pool:
                answers = list(pool.map(lambda handle: handle.chat("Hello").text, handles))
    assert all("Hello" in answer for answer in answers)
    assert asked == ["bad"]


def test_conversations_of_an_anonymous_client_are_those_of_one_caller():
    with (
        serve(Script(Config(strict=True))) as server,
        CopilotClient(base_url=server.url, stored_credentials=False, linger=0.2) as client,
    ):
        assert "Hello" in client.conversations.create().chat("Hello").text  # gets the session that the others are in
        handles = [client.conversations.create() for _ in range(2)]
        assert all("Hello" in handle.chat("Hello").text for handle in handles)
        assert "Hello" in client.chat("Hello").text
        known = {handle.id for handle in handles} | {client.conversation.conversation_id}
        assert {each.id for each in client.conversations.list()} == known
