"""Counters that a framing names may be others in a replay: tasks that run at once are numbered by chance."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.match.counters import counter_pairs, is_numbered, with_counters


def rpc(number: object, method: str = "add") -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": number, "method": method}).encode()


@pytest.mark.parametrize(
    "message",
    [
        {"jsonrpc": "2.0", "id": 1, "method": "add"},
        [{"jsonrpc": "2.0", "id": 1, "method": "add"}],
        {"id": 1, "method": "query", "params": {"path": "trees"}},
        {"request": True, "id": 4071333, "method": "join", "data": {}},
        {"id": "1", "type": "start", "payload": {"query": "{a}"}},
        {"id": "1", "type": "subscribe", "payload": {"query": "{a}"}},
    ],
    ids=["JSON-RPC", "a batch", "tRPC", "protoo", "graphql-ws", "graphql-transport-ws"],
)
def test_framing_with_a_counter(message):
    assert is_numbered(message)


@pytest.mark.parametrize(
    "message",
    [
        {"id": 1},
        {"id": 1, "type": "start"},
        {"request": True, "id": 4071333},
        {"id": 1, "type": "order", "payload": {"query": "x"}},
        [],
        "id",
        None,
        {"id": 1, "method": [], "type": {}},
    ],
)
def test_id_of_anything_else_is_no_counter(message):
    assert not is_numbered(message)


@pytest.mark.parametrize(
    ("recorded", "actual", "pairs"),
    [
        (rpc(1), rpc(2), {b"1": b"2"}),
        (rpc("1"), rpc("2"), {b'"1"': b'"2"'}),
        (rpc("req-1"), rpc("req-2"), {b'"req-1"': b'"req-2"'}),
        (rpc("vqot@3"), rpc("knbi@3"), {b'"vqot@3"': b'"knbi@3"'}),
        (rpc(1), rpc(1), {}),
        (b'{"type":1,"invocationId":"3"}\x1e', b'{"type":1,"invocationId":"5"}\x1e', {b'"3"': b'"5"'}),
        (b'{"id":1,"item":2}', b'{"id":2,"item":2}', {}),
        (rpc("a"), rpc("b"), {}),
        (rpc(True), rpc(False), {}),
    ],
    ids=[
        "number",
        "text",
        "with a word",
        "with random letters",
        "equal",
        "SignalR",
        "no framing",
        "no number",
        "a truth",
    ],
)
def test_counters_in_which_two_messages_differ(recorded, actual, pairs):
    assert counter_pairs(recorded, actual) == pairs


def test_answer_bears_the_number_of_the_message_that_it_answers():
    answer = b'{"jsonrpc":"2.0", "id": 1, "result": {"total": 1}}'
    assert with_counters(answer, {b"1": b"7"}) == b'{"jsonrpc":"2.0", "id": 7, "result": {"total": 1}}'


@pytest.mark.parametrize("answer", ['{"id":"%s","result":{"id":"vqot@3"}}', '{"id": "%s"}'], ids=["result", "none"])
def test_number_with_letters_is_one_too(answer):
    assert with_counters((answer % "vqot@3").encode(), {b'"vqot@3"': b'"knbi@3"'}) == (answer % "knbi@3").encode()


def test_two_counters_change_places_at_once():
    batch = b'[{"jsonrpc":"2.0","id":1},{"jsonrpc":"2.0","id":2}]'
    assert with_counters(batch, {b"1": b"2", b"2": b"1"}) == b'[{"jsonrpc":"2.0","id":2},{"jsonrpc":"2.0","id":1}]'


def test_answer_needs_no_framing_where_the_client_numbers_its_messages():
    assert with_counters(b'{"id": 1, "of": {"id": 1}}', {b"1": b"7"}) == b'{"id": 7, "of": {"id": 1}}'


def test_other_message_stays_as_it_is():
    assert with_counters(b'the {"id": 1}', {b"1": b"7"}) == b'the {"id": 1}'


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_answer_with_its_counter_replaced_is_that_of_the_other_number(one, other):
    assert with_counters(rpc(one), counter_pairs(rpc(one), rpc(other))) == rpc(other)


@given(st.binary(max_size=120), st.binary(max_size=120))
def test_no_message_is_too_odd(one, two):
    assert with_counters(one, counter_pairs(one, two)) == one or b"id" in one


@pytest.mark.parametrize("wrapped", [b"%b", b"[%b]"])
def test_id_of_what_a_call_returns_is_no_counter(wrapped):
    answer = b'{"result": {"id": 1, "of": [{"id": 1}]}, "note": "{", "id": 1}'
    actual = b'{"result": {"id": 1, "of": [{"id": 1}]}, "note": "{", "id": 7}'
    assert with_counters(wrapped % answer, {b"1": b"7"}) == wrapped % actual
