"""Clients that are connected to the player at once: each gets its own recorded socket."""

from __future__ import annotations

import asyncio
import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from websockets.asyncio.client import connect as connect_async

from fake_server.host.server import serve
from harness.replay.player import Player
from harness.replay.socket_player import PAIRING_GRACE
from tests.support.cassettes.builders import PROFILE, cassette, socket
from tests.support.replay.playing import chat, playing, rest_of


def test_swapped_sockets_get_their_own_answers():
    tapes = ['< {"event":"connected","id":"%s"}\n> {"n":"%s"}\n< for %s\n< close 1000'.replace("%s", n) for n in "ab"]
    with playing(*(socket("/chat", tape) for tape in tapes)) as server, chat(server) as one, chat(server) as other:
        one.send('{"n":"b"}')
        other.send('{"n":"a"}')
        assert (rest_of(one)[0][-1], rest_of(other)[0][-1]) == ("for b", "for a")
    assert server.player.report().ok


def test_sockets_that_wait_for_a_greeting_are_paired_all_the_same():
    tapes = ['< {"event":"connected","id":"%s"}\n> {"n":"%s"}\n< for %s\n< close 1000'.replace("%s", n) for n in "ab"]
    with playing(*(socket("/chat", tape) for tape in tapes)) as server, chat(server) as one, chat(server) as other:
        for client, n in ((one, "b"), (other, "a")):
            assert json.loads(client.recv(timeout=5))["event"] == "connected"
            client.send('{"n":"%s"}' % n)  # noqa: UP031  # JSON braces
        assert (rest_of(one)[0], rest_of(other)[0]) == (["for b"], ["for a"])


@pytest.mark.parametrize("turns", range(12))
async def test_socket_told_apart_in_the_moment_its_time_is_up_goes_on(turns):
    """The other socket's message is on its way for so many turns of the loop when this one's time is up."""
    tapes = ['< {"event":"connected","id":"%s"}\n> {"n":"%s"}\n< close 1000'.replace("%s", n) for n in "ab"]
    player = Player(cassette(*(socket("/chat", tape) for tape in tapes)), PROFILE, deadline=3.0)
    async with serve(player) as server, connect_async(server.ws_url + "/chat") as one:
        await one.recv()
        async with connect_async(server.ws_url + "/chat") as other:
            await (await other.ping())
            await one.send('{"n":"b"}')
            for _ in range(turns):
                await asyncio.sleep(0)
            time.sleep(2 * PAIRING_GRACE)  # noqa: ASYNC251  # the loop finds message and time at once
            assert json.loads(await other.recv())["event"] == "connected"


def test_twenty_clients_at_once_get_twenty_different_answers():
    count = 20
    tapes = [socket("/chat", f'> {{"n":{n}}}\n< for {n}\n< close 1000', at=n) for n in range(count)]
    with playing(*tapes, deadline=20) as server:

        def one(n: int) -> list[str | bytes]:
            with chat(server) as client:
                client.send(json.dumps({"n": n}))
                return rest_of(client)[0]

        with ThreadPoolExecutor(count) as pool:
            assert list(pool.map(one, reversed(range(count)))) == [[f"for {n}"] for n in reversed(range(count))]
    assert server.player.report().ok
