"""The two clients as objects: conversations, connections, leaving early, stopping, concurrency."""

import asyncio
import threading

import pytest

from provider import AsyncCopilotClient, Conversation, CopilotClient, FinishReason, UsageError
from tests.support.clients.observed_turns import TOKEN, sends


def test_turn_tells_what_it_brought(service):
    with CopilotClient(TOKEN, base_url=service.url) as client:
        turn = client.chat("/image a cat")
        assert turn.images[0].alt == "a cat"
        assert turn.images[0].url.startswith(service.url)
        assert turn.text
        assert turn.suggestions
        assert turn.title
        assert turn.finish_reason == "stop"
        assert turn.conversation == client.conversation


def test_sources_and_reasoning_are_kept(service):
    with CopilotClient(TOKEN, base_url=service.url) as client:
        assert client.chat("/search rivers").sources
        assert client.chat("/think rivers", model="Think Deeper").reasoning


def test_follow_up_continues_over_the_same_socket(service, stage):
    with CopilotClient(TOKEN, base_url=service.url) as client:
        first = client.chat("Hello").conversation
        assert "turn 2" in client.chat("Again").text
        assert client.conversation == first
    assert sends(stage) == 1
    assert sum(request.path == "/c/api/start" for request in stage.requests) == 1


def test_conversation_can_be_taken_up_by_another_client(service):
    with CopilotClient(TOKEN, base_url=service.url) as client:
        kept = client.chat("Hello").conversation.get_dict()
    with CopilotClient(TOKEN, base_url=service.url, conversation=Conversation(**kept)) as other:
        assert "turn 2" in other.chat("Again").text


def test_break_closes_the_socket_and_the_client_goes_on(service, stage):
    with CopilotClient(TOKEN, base_url=service.url) as client:
        for item in client.chat("/long 50"):
            if isinstance(item, str):
                break
        assert client.chat("Hello").text
    assert sends(stage) == 2


async def test_async_break_closes_the_socket_and_the_client_goes_on(service, stage):
    async with AsyncCopilotClient(TOKEN, base_url=service.url) as client:
        async for item in client.chat("/long 50"):
            if isinstance(item, str):
                break
        assert (await client.chat("Hello").read()).text
    assert sends(stage) == 2


async def test_cancellation_closes_the_socket_and_the_client_goes_on(service, stage):
    async with AsyncCopilotClient(TOKEN, base_url=service.url) as client:
        task = asyncio.ensure_future(client.chat("/silent").read())
        await asyncio.to_thread(stage.upgraded.wait, 5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await client.chat("Hello").read()).text


def test_stop_ends_the_turn_at_its_next_message(service):
    with CopilotClient(TOKEN, base_url=service.url) as client:
        turn = client.chat("/slow 0.05")
        items = []
        for item in turn:
            items.append(item)
            if isinstance(item, str):
                turn.stop()
        assert items[-1] == FinishReason("stopped")
        assert sum(isinstance(item, str) for item in items) == 1
        assert client.chat("Hello").text


def test_stop_may_come_from_another_thread(service):
    with CopilotClient(TOKEN, base_url=service.url) as client:
        turn = client.chat("/slow 0.1")
        stopper = threading.Thread(target=turn.stop)
        items = []
        for item in turn:
            if isinstance(item, str) and stopper.ident is None:
                stopper.start()
            items.append(item)
        stopper.join()
        assert items[-1] == FinishReason("stopped")


def test_second_turn_while_one_runs_is_the_callers_mistake(service):
    with CopilotClient(TOKEN, base_url=service.url) as client:
        running = iter(client.chat("/long 50"))
        next(running)
        with pytest.raises(UsageError, match="Another turn of this conversation is running"):
            list(client.chat("Hello"))
        running.close()


def test_turn_can_be_iterated_once(service):
    with CopilotClient(TOKEN, base_url=service.url) as client:
        turn = client.chat("Hello")
        list(turn)
        with pytest.raises(UsageError, match="once"):
            list(turn)
        assert turn.items


def test_closed_client_says_so(service):
    client = CopilotClient(TOKEN, base_url=service.url)
    client.close()
    client.close()
    with pytest.raises(UsageError, match="closed"):
        list(client.chat("Hello"))


def test_unknown_option_is_named():
    with pytest.raises(UsageError, match="tempreature"):
        CopilotClient(tempreature=0.5)


def test_upload_is_seen_by_the_service(service, tmp_path):
    (tmp_path / "cat.png").write_bytes(b"\x89PNG\r\n\x1a\n0000")
    (tmp_path / "notes.txt").write_text("hello")
    with CopilotClient(TOKEN, base_url=service.url) as client:
        answer = client.chat("What is this?", media=[tmp_path / "cat.png", tmp_path / "notes.txt"]).text
    assert "png" in answer.lower()


async def test_many_chats_at_once(service):
    async def chat(number):
        async with AsyncCopilotClient(TOKEN, base_url=service.url) as client:
            return (await client.chat(f"number {number}").read()).text

    answers = await asyncio.gather(*(chat(number) for number in range(20)))
    assert all(f"number {number}" in answer for number, answer in enumerate(answers))


def test_two_clients_share_nothing(service):
    with CopilotClient(TOKEN, base_url=service.url) as one, CopilotClient(TOKEN, base_url=service.url) as other:
        assert one.chat("Hello").conversation != other.chat("Hello").conversation
