"""What the service says between two turns holds up neither of them."""

import asyncio

import pytest

from provider import AsyncCopilotClient, CopilotClient
from tests.support.servers import raw_copilot
from tests.support.servers.raw_copilot import DONE, HELLO, OPTIONS, PING, read_command, serve_copilot

TOKEN = "a-token-of-the-tests"


def two_turns(url, between):
    with CopilotClient(TOKEN, base_url=url, **OPTIONS) as client:
        client.chat("one").read()
        between()
        return client.chat("two").text


def two_turns_in_asyncio(url, between):
    async def run():
        async with AsyncCopilotClient(TOKEN, base_url=url, **OPTIONS) as client:
            await client.chat("one").read()
            await asyncio.to_thread(between)
            return (await client.chat("two").read()).text

    return asyncio.run(run())


@pytest.mark.parametrize("ask_twice", [two_turns, two_turns_in_asyncio])
def test_ping_between_turns_is_answered_before_the_next_message(ask_twice):
    async def chat(connection):
        await read_command(connection)
        await connection.send(HELLO, DONE)
        await connection.wait(server.go)
        await connection.send(PING)
        connection.tell("sent")
        assert (await read_command(connection, "pong"))["id"] == "7"
        await read_command(connection)
        await connection.send(HELLO, DONE)
        await connection.until_gone()

    with serve_copilot(chat) as server:

        def between():
            server.go.set()
            assert server.hears() == "sent"

        assert ask_twice(server.url, between) == "Hello"
        assert sum("api/chat" in each for each in raw_copilot.places(server)) == 1


@pytest.mark.parametrize("ask_twice", [two_turns, two_turns_in_asyncio])
def test_flood_between_turns_does_not_hold_up_the_next_one(ask_twice):
    async def chat(connection):
        await read_command(connection)
        await connection.send(HELLO, DONE)
        if sum("api/chat" in each for each in raw_copilot.places(server)) == 1:
            await connection.wait(server.go)
            await connection.send(*[HELLO] * 3000)
            connection.tell("sent")
        await connection.until_gone()

    with serve_copilot(chat) as server:

        def between():
            server.go.set()
            assert server.hears() == "sent"

        assert ask_twice(server.url, between) == "Hello"
