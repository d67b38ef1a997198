"""Calls that a client collects in batches: a replay may cut the batches in another way."""

from __future__ import annotations

import json

import pytest

from harness.replay.rules import PlayRules
from tests.support.cassettes.builders import call
from tests.support.replay.playing import fetch, playing

JSON = (("content-type", "application/json"),)


def rpc(number: int, method: str, *params: object) -> dict[str, object]:
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": [*params]}


def reply(number: int, result: object) -> dict[str, object]:
    return {"jsonrpc": "2.0", "id": number, "result": result}


def recorded(sent: object, replies: object):
    return call("POST /", json.dumps(sent).encode(), answer=json.dumps(replies).encode(), headers=JSON)


BATCH = recorded([rpc(1, "balance", "ash"), rpc(2, "balance", "elm")], [reply(2, 22), reply(1, 11)])
SINGLE = recorded(rpc(3, "balance", "oak"), reply(3, 33))


def asked(server, sent: object) -> object:
    response, body = fetch(server, "POST", "/", json.dumps(sent).encode(), dict(JSON))
    return json.loads(body) if response.status == 200 else response.status


def test_calls_of_a_batch_come_one_by_one():
    with playing(BATCH) as server:
        assert asked(server, rpc(7, "balance", "elm")) == reply(7, 22)
        assert asked(server, rpc(8, "balance", "ash")) == reply(8, 11)
    report = server.player.report()
    assert report.ok
    assert report.notes == ("exchange 1: POST /: its calls came in other batches",)


def test_batch_has_calls_of_several_requests():
    with playing(BATCH, SINGLE) as server:
        sent = [rpc(1, "balance", "oak"), rpc(2, "balance", "ash"), rpc(3, "balance", "elm")]
        assert asked(server, sent) == [reply(1, 33), reply(2, 11), reply(3, 22)]
    assert server.player.report().ok


def test_equal_calls_are_answered_in_the_recorded_order():
    both = recorded([rpc(1, "next"), rpc(2, "next")], [reply(1, "a"), reply(2, "b")])
    with playing(both) as server:
        assert [asked(server, rpc(5, "next")), asked(server, rpc(6, "next"))] == [reply(5, "a"), reply(6, "b")]


def test_operations_of_graphql_are_answered_by_their_place():
    sent = [{"query": "{ a }", "variables": {}}, {"query": "{ b }", "variables": {}}]
    both = recorded(sent, [{"data": {"a": 1}}, {"data": {"b": 2}}])
    with playing(both) as server:
        assert asked(server, [sent[1]]) == [{"data": {"b": 2}}]
        assert asked(server, [sent[0]]) == [{"data": {"a": 1}}]
    assert server.player.report().ok


@pytest.mark.parametrize(
    "sent",
    [
        [rpc(1, "balance", "ash"), rpc(2, "balance", "fir")],
        [rpc(1, "balance", "ash"), rpc(2, "balance", "ash")],
        [rpc(1, "credit", "ash")],
        [{"method": "balance", "params": ["ash"], "id": 1}],
        [],
    ],
)
def test_batch_with_a_call_that_was_not_recorded_gets_nothing(sent):
    with playing(BATCH) as server:
        assert asked(server, sent) == 501
        assert asked(server, [rpc(1, "balance", "ash"), rpc(2, "balance", "elm")]) == [reply(2, 22), reply(1, 11)]
    assert not server.player.report().ok


def test_call_of_a_batch_that_never_came_is_reported():
    with playing(BATCH) as server:
        assert asked(server, rpc(7, "balance", "elm")) == reply(7, 22)
        assert asked(server, rpc(8, "balance", "elm")) == 501
    (_, left) = server.player.report().failures
    assert left.summary == "exchange 1: POST /: 1 of the client's messages did not come, from balance"


def test_lists_that_are_no_batches_are_compared_whole():
    items = recorded([{"item": 1}, {"item": 2}], [{"ok": 1}, {"ok": 2}])
    with playing(items) as server:
        assert asked(server, [{"item": 1}]) == 501


def test_strict_order_takes_batches_as_recorded_only():
    with playing(BATCH, rules=PlayRules(strict_order=True)) as server:
        assert asked(server, rpc(7, "balance", "elm")) == 501
