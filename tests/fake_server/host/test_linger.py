"""The end of an answer: what was said last can be read before the end is seen."""

import time

import pytest
from curl_cffi import AsyncSession

from fake_server import Accept, Limits, Request, serve
from fake_server.script import Script
from tests.support.clients.raw_client import masked, read_all, read_until, upgraded
from tests.support.servers.stages import answering, text

MESSAGES = 10


def speaking(*, linger: bool, then="close"):
    """Says ten things and ends at once."""

    async def run(socket):
        for _ in range(MESSAGES):
            await socket.send(text("word"))
        if then == "close":
            await socket.close(1011, "done")
        elif then != "return":
            await socket.abort(then)

    return answering(Accept(run=run, linger=linger))


def seconds_to_the_end(stage, **limits: float) -> float:
    """From the last message to the end, as a client sees it that reads at once."""
    with serve(stage, limits=Limits(**limits)) as server, upgraded(server) as client:
        read_until(client, b"word")
        heard = b"word"
        while heard.count(b"word") < MESSAGES:
            heard += client.recv(1)
        began = time.monotonic()
        try:
            client.recv(1)
        except ConnectionResetError:
            pass
        return time.monotonic() - began


@pytest.mark.parametrize("then", ["close", "return"])
def test_socket_lingers_where_the_stage_asks_for_it(then):
    assert seconds_to_the_end(speaking(linger=True, then=then), linger=0.3) > 0.25


@pytest.mark.parametrize(
    ("linger", "then"),
    [(False, "close"), (False, "return"), (True, "eof"), (True, "reset")],
    ids=["not asked for, close", "not asked for, return", "cut", "reset"],
)
def test_end_comes_at_once_where_it_should(linger, then):
    assert seconds_to_the_end(speaking(linger=linger, then=then), linger=30) < 5


def test_lingering_counts_from_the_last_message():
    async def run(socket):
        for _ in range(MESSAGES):
            await socket.send(text("word"))
        await socket.sleep(1)

    assert 0.9 < seconds_to_the_end(answering(Accept(run=run, linger=True)), linger=1) < 1.9


def test_client_that_ends_the_connection_ends_the_wait():
    with serve(speaking(linger=True), limits=Limits(linger=30)) as server, upgraded(server) as client:
        read_until(client, b"word")
        client.sendall(masked(8, b"\x03\xe8"))
        assert read_all(client).endswith(b"\x88\x02\x03\xe8")


def test_stage_that_said_nothing_does_not_linger():
    async def run(_):
        pass

    stage = answering(Accept(run=run, linger=True))
    with serve(stage, limits=Limits(linger=30, close_timeout=0.1)) as server, upgraded(server) as client:
        assert read_all(client) == b"\x88\x02\x03\xe8"


def test_server_that_stops_does_not_linger():
    server = serve(speaking(linger=True), limits=Limits(linger=30))
    with server, upgraded(server) as client:
        read_until(client, b"word")
        server.close()
        assert read_all(client).endswith(b"\x88\x02\x03\xe9")


async def test_loop_that_asks_whether_the_socket_is_closed_loses_nothing():
    async with serve(speaking(linger=True), allowed_hosts=["*"]) as server, AsyncSession() as session:
        for _ in range(3):
            client = await session.ws_connect(server.ws_url)
            heard = []
            while not client.closed:
                payload, _ = await client.recv()
                heard.append(payload)
            await client.close()
            assert heard[:MESSAGES] == [b"word"] * MESSAGES


async def test_fake_asks_for_it():
    accepted = await Script().handle(Request(method="GET", target="/c/api/chat?api-version=2", upgrade=True))
    assert isinstance(accepted, Accept)
    assert accepted.linger
