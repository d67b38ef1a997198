"""Calls that run beside others on a socket: each reply waits for its own call."""

from __future__ import annotations

import json

import pytest

from harness.replay.own_replies import find_own_replies
from tests.support.cassettes.builders import socket
from tests.support.replay.playing import chat, playing


def call(number: int, method: str) -> str:
    return json.dumps({"jsonrpc": "2.0", "id": number, "method": method})


def reply(number: int, result: str) -> str:
    return json.dumps({"jsonrpc": "2.0", "id": number, "result": result})


AT_ONCE = "\n".join(
    [
        f"> {call(1, 'one')}",
        f"> {call(2, 'other')}",
        f"< {reply(1, 'of one')}",
        f"< {reply(2, 'of other')}",
        f"> {call(3, 'one.next')}",
        f"< {reply(3, 'of one.next')}",
        f"> {call(4, 'other.next')}",
        f"< {reply(4, 'of other.next')}",
    ]
)


def asked(client, number: int, method: str) -> object:
    client.send(call(number, method))
    return json.loads(client.recv(timeout=2))


@pytest.mark.parametrize(
    "order",
    [
        ("one", "one.next", "other", "other.next"),
        ("other", "other.next", "one", "one.next"),
        ("other", "one", "other.next", "one.next"),
    ],
)
def test_tasks_that_shared_a_socket_go_on_each_after_its_own_reply(order):
    with playing(socket("/rpc", AT_ONCE)) as server, chat(server, "/rpc") as client:
        got = [asked(client, number, method) for number, method in enumerate(order, 1)]
        assert got == [json.loads(reply(number, f"of {method}")) for number, method in enumerate(order, 1)]
    assert server.player.report().ok


def test_call_that_came_early_and_those_before_it_never_is_a_mismatch():
    with playing(socket("/rpc", AT_ONCE)) as server, chat(server, "/rpc") as client:
        assert asked(client, 1, "other.next") == json.loads(reply(1, "of other.next"))
        with pytest.raises(Exception, match="4004"):
            client.recv(timeout=3)
    assert not server.player.report().ok


def test_what_a_service_pushes_waits_for_all_messages_before_it():
    tape = (
        f'> {call(1, "subscribe")}\n> {call(2, "send")}\n< {reply(1, "ok")}\n< {{"event":"sent"}}\n< {reply(2, "ok")}'
    )
    with playing(socket("/rpc", tape)) as server, chat(server, "/rpc") as client:
        assert asked(client, 1, "subscribe") == json.loads(reply(1, "ok"))
        with pytest.raises(TimeoutError):
            client.recv(timeout=0.1)
        assert asked(client, 2, "send") == {"event": "sent"}
        assert json.loads(client.recv(timeout=2)) == json.loads(reply(2, "ok"))


def found(sent: list[str], received: list[str]) -> dict[int, int]:
    return find_own_replies([each.encode() for each in sent], [each.encode() for each in received])


@pytest.mark.parametrize(
    ("sent", "received"),
    [
        (['{"cid":1,"event":"a"}', '{"cid":2,"event":"b"}'], ['{"rid":2}', '{"rid":1}']),
        (['{"seq":1,"command":"a"}', '{"seq":2,"command":"b"}'], ['{"seq":1,"request_seq":2}', '{"request_seq":1}']),
        (['421["a"]', '422["b"]'], ['432["y"]', '431["x"]']),
        (['42/n,1["a"]', '42/n,2["b"]'], ['43/n,2["y"]', '43/n,1["x"]']),
        (['["1","5","t","e",{}]', '["1","6","t","e",{}]'], ['["1","6","t","r",{}]', '["1","5","t","r",{}]']),
    ],
)
def test_numbers_of_many_framings_name_the_call(sent, received):
    assert found(sent, received) == {0: 1, 1: 0}


@pytest.mark.parametrize(
    ("sent", "received"),
    [
        ([call(1, "a"), call(2, "b")], [reply(1, "x"), reply(1, "y")]),  # a subscription's: several lines
        ([call(1, "a"), call(1, "b")], [reply(1, "x")]),
        ([call(1, "a"), call(2, "b")], [call(1, "of the service")]),
        ([reply(1, "of the client"), reply(2, "of the client")], [call(1, "c"), reply(2, "x")]),
        (['421["a"]', '422["b"]'], ['421["asked by the service"]']),
        (["a 1", "b 2"], ["1"]),
    ],
)
def test_what_does_not_name_one_call_is_no_reply(sent, received):
    assert found(sent, received) == {}
