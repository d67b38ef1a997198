"""However a turn is left, its client is free at once and the next question works: with both clients."""

import asyncio
import contextlib
import gc
import threading

import pytest

from fake_server import serve
from fake_server.script import Script
from harness.scripted import Scripted
from provider import (
    AsyncCopilotClient,
    Conversation,
    CopilotClient,
    FinishReason,
    ResponseError,
    UsageError,
)
from tests.support.servers.stages import StageOf

TOKEN = "a-token-of-the-tests"


@pytest.fixture
def stage():
    script = Script()
    return StageOf(script.handle)


@pytest.fixture
def service(stage):
    with serve(stage) as running:
        yield running


@pytest.fixture
def client(service):
    with CopilotClient(TOKEN, base_url=service.url) as client:
        yield client


def in_asyncio(service, work):
    """Runs ``await work(client)``; no task and no socket may be left, the collector is of no help."""

    async def run():
        async with AsyncCopilotClient(TOKEN, base_url=service.url) as client:
            gc.disable()
            try:
                result = await work(client)
            finally:
                gc.enable()
        assert len(asyncio.all_tasks()) == 1
        return result

    return asyncio.run(run())


def sends(stage):
    return sum(request.upgrade for request in stage.requests)


class OwnError(Exception):
    pass


# ------------------------------------------------------------------ leaving the loop
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
    with pytest.raises(UsageError, match="A turn is running") as caught:
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


# ------------------------------------------------------------------ stopping
def test_turn_stopped_before_it_begins_sends_nothing(client, stage):
    turn = client.chat("Hello")
    turn.stop()
    assert [str(item) for item in turn.items if not isinstance(item, FinishReason)] == []
    assert turn.finish_reason == "stopped"
    assert stage.requests == []
    assert "Again" in client.chat("Again").text


@pytest.mark.parametrize("generation", ["2025-03", "2026"])
def test_turn_stopped_at_its_first_item_ends_as_stopped(service, generation):
    with CopilotClient(TOKEN, base_url=service.url, generation=generation) as client:
        turn = client.chat("Hello")
        for item in turn:
            if isinstance(item, Conversation):
                turn.stop()
        assert turn.finish_reason == "stopped"
        assert turn.text == ""
        assert "Again" in client.chat("Again").text


def test_turn_stopped_at_its_first_item_ends_as_stopped_in_asyncio(service):
    async def work(client):
        turn = client.chat("Hello")
        async for item in turn:
            if isinstance(item, Conversation):
                turn.stop()
        return turn.finish_reason, (await client.chat("Again").read()).text

    reason, text = in_asyncio(service, work)
    assert reason == "stopped"
    assert "Again" in text


def test_stop_of_an_earlier_turn_does_not_touch_the_running_one(client):
    first = client.chat("Hello")
    assert first.text
    second = client.chat("Again")
    for item in second:
        if isinstance(item, str):
            first.stop()
    assert second.finish_reason == "stop"


def test_client_stops_the_turn_that_runs(client):
    turn = client.chat("Hello")
    for item in turn:
        if isinstance(item, str):
            client.stop()
    assert turn.finish_reason == "stopped"


# ------------------------------------------------------------------ looking again
def test_second_look_at_a_failed_turn_raises_the_same_error():
    script = Scripted().raw('{"event":"error","errorCode":"text-too-long"}').say("never").done()
    with serve(script.stage()) as server, CopilotClient(TOKEN, base_url=server.url) as client:
        turn = client.chat("Hello")
        raised = []
        for _ in range(3):
            with pytest.raises(ResponseError) as caught:
                _ = turn.text
            raised.append(caught.value)
    assert raised[0] is raised[1] is raised[2] is turn.error


def refuse():
    raise OSError("the app's own")


def test_foreign_exception_is_raised_at_the_second_look_too(service):
    with CopilotClient("rejected", base_url=service.url, on_challenge=lambda _: refuse()) as client:
        turn = client.chat("/challenge hashcash")
        for _ in range(2):
            with pytest.raises(OSError, match="the app's own"):
                _ = turn.text
        assert turn.error is None


def test_interrupted_turn_says_so_at_the_second_look(client):
    def interrupt(_):
        raise KeyboardInterrupt

    client.chat("Hello").read()
    turn = client.chat("Again")
    turn._record.add = interrupt
    with pytest.raises(KeyboardInterrupt):
        turn.read()
    with pytest.raises(UsageError, match="interrupted"):
        _ = turn.text
    assert "Once more" in client.chat("Once more").text
