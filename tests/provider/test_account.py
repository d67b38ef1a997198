"""What a caller can look at and delete besides chatting, against the fake over real sockets, with both clients."""

import pytest

from fake_server.host.server import serve
from fake_server.script import Config, Script
from provider import (
    AsyncCopilotClient,
    Conversation,
    CopilotClient,
    MissingAuthError,
    ResponseStatusError,
    UsageError,
)
from provider.wire.generations import GENERATIONS

TOKEN = "token-of-the-tests"  # made up


@pytest.fixture(params=GENERATIONS)
def client(request):
    with (
        serve(Script(Config(generation=request.param))) as server,
        CopilotClient(TOKEN, base_url=server.url, generation=request.param, linger=0.3) as one,
    ):
        yield one


def test_user_is_known_by_name(client):
    assert client.user().first_name == "Robin"


def test_history_tells_both_sides_oldest_first(client):
    answer = client.chat("hi").text
    assert [(each.author, each.text) for each in client.history()] == [("human", "hi"), ("ai", answer)]


def test_history_of_a_search_names_its_sources(client):
    turn = client.chat("/search rivers")
    cited = [part for part in client.history(turn.conversation)[-1].content if part.type == "citation"]
    assert turn.text
    assert [(part.url, part.title) for part in cited] == [(link.url, link.title) for link in turn.sources]


def test_conversations_come_with_their_titles_the_last_one_first(client):
    ids = []
    for prompt in ("one", "two"):
        ids.append(client.chat(prompt).conversation.conversation_id)
        client.conversation = None
    assert [(each.id, each.title) for each in client.conversations()] == [(ids[1], "two"), (ids[0], "one")]


def test_all_pages_of_a_long_list_are_read(client):
    ids = []
    for number in range(25):
        ids.append(client.chat(f"question {number}").conversation.conversation_id)
        client.conversation = None
    assert [each.id for each in client.conversations()] == ids[::-1]


def test_deleted_conversation_is_gone_and_the_next_question_begins_a_new_one(client):
    first = client.chat("hi").conversation
    client.delete()
    assert (client.conversation, client.conversations()) == (None, [])
    assert client.chat("hi again").conversation != first


def test_history_of_nothing_is_a_usage_error(client):
    with pytest.raises(UsageError, match="no conversation yet"):
        client.history()


def test_history_of_an_unknown_conversation_names_the_step(client):
    with pytest.raises(ResponseStatusError, match="404") as raised:
        client.history("nonesuch")
    assert raised.value.step == "GET /c/api/conversations/nonesuch/history"


def test_refused_token_is_an_error_that_says_so():
    with (
        serve(Script()) as server,
        CopilotClient("expired-token", base_url=server.url) as client,
        pytest.raises(MissingAuthError),
    ):
        client.user()


def test_limits_are_those_of_the_generation():
    with serve(Script()) as server, CopilotClient(TOKEN, base_url=server.url) as client:
        assert client.limits().max_text_message_length == 10_240


@pytest.mark.parametrize("generation", GENERATIONS)
async def test_asyncio_client_has_the_same(generation):
    async with (
        serve(Script(Config(generation=generation))) as server,
        AsyncCopilotClient(TOKEN, base_url=server.url, generation=generation, linger=0.3) as client,
    ):
        turn = await client.chat("hi").read()
        told = await client.history(turn.conversation)
        assert [each.text for each in told] == ["hi", turn.text]
        assert (await client.user()).first_name == "Robin"
        assert [Conversation(each.id) for each in await client.conversations()] == [turn.conversation]
        await client.delete()
        assert await client.conversations() == []


async def test_nothing_is_looked_at_while_a_turn_runs():
    async with serve(Script()) as server, AsyncCopilotClient(TOKEN, base_url=server.url) as client:
        async for _ in client.chat("/long 3"):
            with pytest.raises(UsageError, match="turn of this conversation is running"):
                await client.user()
            break
