"""Who ends a connection, when and how: the client as recorded, the service as it likes after the last message."""

import asyncio

import msgspec
import pytest

from fake_server.stage import Accept, Response
from harness.cassette.model import Aborted, Line
from provider.websocket import Ended, Message, Opcode
from tests.support.cassettes.builders import call, socket

SSE = ("content-type", "text/event-stream")


@pytest.fixture
def play(play_exchanges):
    return play_exchanges


def test_a_client_that_went_away_goes_away_again(play):
    ends = []

    async def talk(conversation):
        while isinstance(got := await conversation.receive(), Message):
            pass
        ends.append(got)

    async def handle(_):
        return Accept(run=talk)

    assert play([socket("/ws", '> {"n":1}\n> eof')], handle)[:2] == (0, [])
    assert play([socket("/ws", '> {"n":1}\n> close 4001 enough')], handle)[:2] == (0, [])
    assert ends == [Ended("eof"), Ended("close", 4001, "enough")]


def leaving(how, *, after):
    """A service that ends its socket in this way after so many messages."""

    async def talk(conversation):
        for _ in range(after):
            await conversation.receive()
        await conversation.send(Message(Opcode.TEXT, b'{"ok":1}'))
        await (conversation.close(1000) if how == "close" else conversation.abort(how))

    async def handle(_):
        return Accept(run=talk)

    return handle


@pytest.mark.parametrize(("recorded", "now"), [("reset", "eof"), ("eof", "reset")])
def test_a_service_that_drops_the_connection_does_it_by_fin_or_by_rst(play, recorded, now):
    assert play([socket("/ws", f'> {{"n":1}}\n< {{"ok":1}}\n< {recorded}')], leaving(now, after=1))[:2] == (0, [])


@pytest.mark.parametrize("how", ["eof", "reset", "close"])
def test_who_ends_the_socket_after_the_last_message_is_a_race(play, how):
    recorded = socket("/ws", '> {"n":1}\n> {"bye":true}\n< {"ok":1}\n> close 1000')
    assert play([recorded], leaving(how, after=2))[:2] == (0, [])


def test_a_service_that_leaves_before_its_last_message_is_a_failure(play):
    recorded = socket("/ws", '> {"n":1}\n< {"ok":1}\n> {"bye":true}\n< {"ok":1}\n> close 1000')
    assert play([recorded], leaving("eof", after=1))[0] == 1


def test_a_stream_that_the_client_left_is_compared_up_to_there(play):
    async def events():
        for number in range(50):
            yield b"event: word\ndata: %d\n\n" % number
            await asyncio.sleep(0)
        await asyncio.Event().wait()

    async def handle(_):
        return Response(headers=(SSE,), body=events())

    left = (Line("<", 1000, "text", b"event: word\ndata: 0\n\n"), Line(">", 2000, "eof"))
    recorded = call("GET /feed", answer=b"", response_headers=(SSE,), stream=left)
    assert play([recorded], handle)[:2] == (0, [])


def test_a_call_that_the_client_gave_up_is_given_up_again(play):
    async def handle(_):
        await asyncio.Event().wait()

    gone = msgspec.structs.replace(call("GET /slow"), response=None, aborted=Aborted(by="client", after=1000))
    assert play([gone], handle)[:2] == (0, [])
