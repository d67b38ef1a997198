"""What a turn offers beside its items: the text alone, the whole as JSON, and the text so far at no great cost."""

import asyncio
import gc
import itertools
import json
import threading
import time

import pytest

from fake_server import serve
from fake_server.script import Config, Script
from provider import AsyncCopilotClient, CopilotClient, CopilotError, TextReplaced, UsageError
from provider.flow.handlers import AnswerState
from provider.record import Pieces, Record

TOKEN = "token-of-the-tests"  # made up


@pytest.fixture
def service():
    with serve(Script(Config())) as server:
        yield server


@pytest.fixture
def client(service):
    with CopilotClient(TOKEN, base_url=service.url, linger=0.2) as client:
        yield client


@pytest.fixture
async def aclient(service):
    async with AsyncCopilotClient(TOKEN, base_url=service.url, linger=0.2) as client:
        yield client


def test_text_stream_is_the_text_and_nothing_else(client):
    turn = client.chat("/search rivers")
    pieces = list(turn.text_stream)
    assert len(pieces) > 1
    assert all(type(piece) is str and piece for piece in pieces)
    assert "".join(pieces) == turn.text
    assert turn.sources


async def test_text_stream_is_the_text_and_nothing_else_in_asyncio(aclient):
    turn = aclient.chat("/search rivers")
    pieces = [piece async for piece in turn.text_stream]
    assert len(pieces) > 1
    assert "".join(pieces) == turn.text
    assert turn.sources


def test_text_stream_shows_replaced_text_as_print_does(client):
    turn = client.chat("/replace")
    pieces = list(turn.text_stream)
    assert any(isinstance(item, TextReplaced) for item in turn.items)
    assert "".join(pieces) == "".join(str(each) for each in turn.items if isinstance(each, str | TextReplaced))


def test_leaving_the_text_stream_frees_the_client(client):
    for _ in client.chat("/long 500").text_stream:
        break
    assert "Hello" in client.chat("Hello").text


async def test_leaving_the_text_stream_frees_the_client_in_asyncio(aclient):
    gc.disable()
    try:
        async for _ in aclient.chat("/long 500").text_stream:
            break
        assert "Hello" in (await aclient.chat("Hello").read()).text
    finally:
        gc.enable()


async def test_closing_the_turn_ends_its_text_stream(aclient):
    turn = aclient.chat("/long 500")
    stream = turn.text_stream
    await anext(stream)
    await turn.close()
    assert [piece async for piece in stream] == []
    assert "Hello" in (await aclient.chat("Hello").read()).text


def test_text_stream_is_the_one_iteration_of_a_turn(client):
    turn = client.chat("Hello")
    list(turn)
    with pytest.raises(UsageError, match="iterated once"):
        next(turn.text_stream)


def test_looking_at_the_text_stream_begins_no_turn(client):
    turn = client.chat("Hello")
    assert (iter(turn.text_stream), turn.state)[1] == "new"
    assert "Hello" in turn.text


async def test_looking_at_the_text_stream_begins_no_turn_in_asyncio(aclient):
    turn = aclient.chat("Hello")
    assert (aiter(turn.text_stream), turn.state)[1] == "new"
    assert "Hello" in (await turn.read()).text


def test_failure_comes_through_the_text_stream(client):
    turn = client.chat("/cut 5")
    with pytest.raises(CopilotError) as caught:
        list(turn.text_stream)
    assert caught.value.partial == turn.partial


def test_turn_is_json(client):
    turn = client.chat("/search rivers")
    written = json.loads(json.dumps(turn.to_dict()))
    assert written["conversation_id"] == client.conversation.conversation_id
    assert (written["text"], written["finish_reason"]) == (turn.text, "stop")
    assert [each["url"] for each in written["sources"]] == [link.url for link in turn.sources]
    kinds = [each["type"] for each in written["items"]]
    assert kinds[0] == "conversation"
    assert "finish_reason" in kinds
    assert not any(two == ("text", "text") for two in itertools.pairwise(kinds))
    assert "".join(each["text"] for each in written["items"] if each["type"] == "text") == turn.text


async def test_turn_is_json_in_asyncio(aclient, client):
    turn = await aclient.chat("/image a cat").read()
    written = json.loads(json.dumps(turn.to_dict()))
    assert written["images"][0]["type"] == "image"
    assert [each["url"] for each in written["images"]] == [image.url for image in turn.images]
    assert set(written) == set(client.chat("Hello").to_dict())


def test_turn_that_failed_is_no_json(client):
    with pytest.raises(CopilotError):
        client.chat("/cut 5").to_dict()


# ---------------------------------------------------------------- the text so far
def seconds(work, count):
    def once():
        began = time.process_time()
        work(count)
        return time.process_time() - began

    return min(once() for _ in range(3))


def look_at_each_piece(count):
    record = Record()
    for _ in range(count):
        record.add("word ")
        assert len(record.text) > 0


def replace_again_and_again(count):
    answer = AnswerState(str)
    for _ in range(count):
        answer.append("a", "word ")
    for _ in range(count // 100):
        answer.replace("b", "x")
        assert answer.text


@pytest.mark.parametrize("work", [look_at_each_piece, replace_again_and_again])
def test_looking_at_the_text_takes_time_in_proportion_to_it(work):
    # A thousand pieces take no less than a tenth of a millisecond: the quotient is not one of noise.
    assert seconds(work, 32_000) / max(seconds(work, 4_000), 1e-4) < 24  # 8 if linear, 64 if quadratic


def test_text_may_be_looked_at_by_any_thread():
    pieces, done = Pieces(), threading.Event()
    seen = []

    def look():
        while not done.is_set():
            seen.append(pieces.joined())

    lookers = [threading.Thread(target=look) for _ in range(3)]
    for each in lookers:
        each.start()
    for number in range(3000):
        pieces.append(f"{number} ")
    done.set()
    for each in lookers:
        each.join()
    whole = "".join(f"{number} " for number in range(3000))
    assert pieces.joined() == whole
    assert all(whole.startswith(each) for each in seen)


def test_partial_may_be_looked_at_while_another_thread_reads(client):
    turn = client.chat("/long 300")
    looks = []
    reading = threading.Thread(target=turn.read)
    reading.start()
    while reading.is_alive():
        looks.append(turn.partial)
    reading.join()
    assert all(turn.text.startswith(each) for each in looks)


async def test_partial_grows_in_asyncio(aclient):
    turn = aclient.chat("/long 50")
    looks = []
    async for _ in turn:
        looks.append(turn.partial)
        await asyncio.sleep(0)
    assert looks == sorted(looks, key=len)
    assert looks[-1] == turn.text
