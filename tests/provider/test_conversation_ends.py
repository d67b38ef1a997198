"""Conversations that are closed, dropped, or ended by their client leave nothing open."""

import asyncio
import gc
import threading

import pytest

from provider import (
    AsyncCopilotClient,
    CopilotClient,
    UsageError,
)
from tests.support.clients.async_transports import open_descriptors, until

TOKEN = "token-of-the-tests"  # made up


async def settled(open_before, tasks=100):
    """Returns when there are no more open files and tasks than before; the fake closes its ends a little later."""
    await until(lambda: open_descriptors() <= open_before and len(asyncio.all_tasks()) <= tasks)


def aclient(service):
    return AsyncCopilotClient(TOKEN, base_url=service.url, linger=0.2)


def test_closing_the_client_closes_its_conversations(service):
    client = CopilotClient(TOKEN, base_url=service.url)
    handle = client.conversations.create()
    assert handle.chat("one").text
    client.close()
    for call in (handle.chat("two").read, handle.history, client.conversations.list, client.conversations.create):
        with pytest.raises(UsageError, match="The client is closed"):
            call()


async def test_closing_the_client_closes_its_conversations_in_asyncio(service):
    client = aclient(service)
    handle = client.conversations.create()
    assert (await handle.chat("one").read()).text
    await client.close()
    for call in (handle.chat("two").read, handle.history, client.conversations.list):
        with pytest.raises(UsageError, match="The client is closed"):
            await call()


def test_closed_conversation_says_so_and_the_client_goes_on(client):
    with client.conversations.create() as handle:
        assert handle.chat("one").text
    with pytest.raises(UsageError, match=r"The conversation is closed.*client\.conversations"):
        _ = handle.chat("two").text
    assert client.chat("three").text


def test_closing_the_client_stops_the_turns_of_other_threads(slow):
    began = threading.Event()
    client = CopilotClient(TOKEN, base_url=slow.url)
    turn = client.conversations.create().chat("/long 500")

    def listen():
        for item in turn:
            if isinstance(item, str):
                began.set()

    listening = threading.Thread(target=listen)
    listening.start()
    assert began.wait(10)
    client.close()
    listening.join(10)
    assert (listening.is_alive(), turn.finish_reason) == (False, "stopped")


def test_closing_the_client_stops_the_turns_of_other_event_loops(slow):
    began = threading.Event()
    client = aclient(slow)
    turn = client.conversations.create().chat("/long 500")

    async def listen():
        async for item in turn:
            if isinstance(item, str):
                began.set()

    listening = threading.Thread(target=asyncio.run, args=(listen(),))
    listening.start()
    assert began.wait(10)
    asyncio.run(client.close())
    listening.join(10)
    assert (listening.is_alive(), turn.finish_reason) == (False, "stopped")


async def test_dropped_conversations_leave_nothing_open(client):
    client.user()
    gc.collect()
    before = open_descriptors()
    for _ in range(3):
        assert client.conversations.create().chat("one").text
    gc.collect()
    await settled(before)


async def test_dropped_conversations_leave_nothing_open_in_asyncio(service):
    async with aclient(service) as client:
        await client.user()
        gc.collect()
        before, tasks = open_descriptors(), len(asyncio.all_tasks())
        for _ in range(3):
            assert (await client.conversations.create().chat("one").read()).text
        gc.collect()
        await settled(before, tasks)


async def test_closed_conversations_leave_nothing_open_in_asyncio(service):
    async with aclient(service) as client:
        await client.user()
        before, tasks = open_descriptors(), len(asyncio.all_tasks())
        for _ in range(3):
            async with client.conversations.create() as handle:
                assert (await handle.chat("one").read()).text
        assert len(asyncio.all_tasks()) == tasks
        await settled(before, tasks)
