"""Sockets that begin alike: what is sent before it is known which is which contradicts none of them."""

from __future__ import annotations

import json

import pytest

from tests.support.cassettes.builders import socket
from tests.support.replay.playbacks import leaving, opened, playback, say

HELLO = '{"a":"hello"}'


def greeted(n: int) -> str:
    return f'< {{"event":"connected","id":"client-id-{n}{n}{n}"}}\n> {{"n":{n}}}\n< for client-id-{n}{n}{n}'


@pytest.mark.parametrize("which", [1, 2, 3])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_greetings_due_later_are_chosen_anew_when_another_client_turns_out_to_be_theirs(which, place):
    play = playback(*(socket("/chat", greeted(n), at=n) for n in (1, 2, 3)))
    clients = [opened(play) for _ in range(3)]
    # At the recorded pace, a line is known to be next some time before it is sent.
    assert all(client.available() for client in clients)
    decided = clients.pop(place)
    greetings = leaving(decided)
    assert say(decided, f'{{"n":{which}}}') is None
    for client in clients:
        greetings += leaving(client)
    assert len(set(greetings)) == 3
    assert leaving(decided) == [f"for {json.loads(greetings[0])['id']}"]


@pytest.mark.parametrize("beside", ['"type":"welcome"', '"a":"init","type":"json0"', '"jsonrpc":"2.0"'])
def test_client_is_known_by_the_id_that_it_was_greeted_with(beside):
    def told(n: int) -> str:
        return f'< {{{beside},"id":"{n}d9b898b2c86"}}\n> {{"n":{n}}}\n< {{"from":"{n}d9b898b2c86","n":{n}}}'

    play = playback(*(socket("/chat", told(n), at=n) for n in (1, 2, 3)))
    clients = [opened(play) for _ in range(3)]
    ids = [json.loads(leaving(client)[0])["id"] for client in clients]
    for client, n in zip(clients, (3, 1, 2), strict=True):
        assert say(client, f'{{"n":{n}}}') is None
    assert [json.loads(leaving(client)[0])["from"] for client in clients] == ids


def unhurried(n: int) -> str:
    return f"> {HELLO}\n< hello-{n}{n}{n}{n}{n}\n> {HELLO}\n< hello-{n}{n}{n}{n}{n}\n{rest(n)}"


def hurried(n: int) -> str:
    return f"> {HELLO}\n> {HELLO}\n< hello-{n}{n}{n}{n}{n}\n< hello-{n}{n}{n}{n}{n}\n{rest(n)}"


def rest(n: int) -> str:
    return f'> {{"n":{n}}}\n< for {n}'


@pytest.mark.parametrize("n", [1, 2])
def test_guess_leaves_sockets_whose_client_had_only_sent_more_of_the_same(n):
    play = playback(socket("/chat", unhurried(1)), socket("/chat", hurried(2), at=1))
    client = opened(play)
    say(client, HELLO)
    assert client.guess()
    assert len(leaving(client)) == 1
    assert say(client, HELLO) is None
    assert len(leaving(client)) == 1
    assert say(client, f'{{"n":{n}}}') is None
    assert leaving(client) == [f"for {n}"]
    assert not client.finish().problems("", str)


def test_guess_leaves_no_socket_whose_client_had_sent_something_else():
    other = f'> {HELLO}\n> {{"a":"else"}}\n< hello-22222\n{rest(2)}'
    client = opened(playback(socket("/chat", unhurried(1)), socket("/chat", other, at=1)))
    say(client, HELLO)
    assert client.guess()
    assert leaving(client) == ["hello-11111"]
    assert say(client, '{"a":"else"}') is not None
