"""Which messages of a service reply to a client's heartbeats, in a transcript."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from harness.match.mask import Mask
from harness.match.places import Places
from harness.replay.cassette_entries import entries_of
from harness.replay.heartbeat_looks import HeartbeatLook
from harness.replay.heartbeats import find_heartbeats
from tests.harness.replay.test_heartbeats import at, beats
from tests.support.cassettes.builders import PLAIN, cassette, socket


@pytest.mark.parametrize("unanswered", range(4))
@pytest.mark.parametrize("late", [False, True], ids=["each at once", "two at once"])
def test_last_heartbeats_may_have_no_answer_as_the_service_was_leaving(unanswered: int, late: bool):
    ping, pong = '{"jsonrpc": "2.0", "id": 0, "method": "ping"}', '{"jsonrpc": "2.0", "id": 0, "result": "fine"}'
    began = ((0, ">", ping), (1, ">", ping), (5, "<", pong), (6, "<", pong))
    begun = began if late else ((0, ">", ping), (5, "<", pong))
    ended = (
        (20, ">", '{"jsonrpc": "2.0", "id": 7, "method": "quit"}'),
        *((30 + n, ">", ping) for n in range(unanswered)),
    )
    assert beats(*begun, *ended) == [text for _, _, text in begun] + [ping] * unanswered


def test_heartbeat_that_was_on_its_way_when_the_service_left_has_no_answer_beside_those_after_its_last_message():
    ping, pong = '{"type":"ping"}', '{"is":"pong"}'
    begun = [row for n in range(3) for row in ((n * 100, ">", ping), (n * 100 + 5, "<", pong))]
    rows = (*begun, (300, ">", ping), (301, ">", "quit"), (302, ">", ping), (305, "<", pong), (310, ">", ping))
    assert beats(*rows) == [ping, pong] * 3 + [ping, ping, pong, ping]


def test_message_that_only_the_first_of_many_was_followed_by_answers_none_of_them():
    rows = ((0, ">", "alive"), (5, "<", "news"), *((n * 100, ">", "alive") for n in range(1, 5)))
    assert beats(*rows) == ["alive"] * 5


def test_message_after_one_of_many_answers_none_where_the_service_goes_on_to_answer_other_calls():
    ping, news = '{"jsonrpc": "2.0", "id": 0, "method": "ping"}', '{"jsonrpc": "2.0", "id": 0, "result": "news"}'
    calls = [
        row
        for n in range(1, 4)
        for row in (
            (n * 100, ">", f'{{"jsonrpc": "2.0", "id": {n}, "method": "ask"}}'),
            (n * 100 + 1, ">", ping),
            (n * 100 + 2, "<", f'{{"jsonrpc": "2.0", "id": {n}, "result": "yes"}}'),
        )
    ]
    assert beats((0, ">", ping), (5, "<", news), *calls) == [ping] * 4


def test_answer_to_a_call_of_signalr_answers_no_heartbeat():
    ping, answer = '{"type":6}\x1e', '{"type":3,"invocationId":"7","result":{"says":"yes"}}\x1e'
    rows = ((0, ">", ping), (5, ">", '{"type":1,"invocationId":"7","target":"ask"}\x1e'), (9, "<", answer))
    assert beats(*rows, (20, ">", ping), (25, "<", answer), (40, ">", ping), (45, "<", answer)) == [ping] * 3


def test_what_always_follows_another_message_of_the_client_answers_that_one():
    rows = (
        (0, ">", '{"type":"ping"}'), (1, ">", '{"say":"a"}'), (2, "<", '{"id":18136585}'),
        (20, ">", '{"type":"ping"}'), (21, ">", '{"say":"b"}'), (100, "<", '{"id":58898290}'), (101, ">", '{"type":"ping"}'),
    )  # fmt: skip
    assert beats(*rows) == ['{"type":"ping"}'] * 3


def test_heartbeat_may_come_before_the_last_one_is_answered():
    rows = (
        (0, ">", '{"type":"ping"}'), (1, ">", '{"say":"a"}'), (2, ">", '{"type":"ping"}'), (3, "<", '{"is":"pong"}'),
        (4, "<", '{"is":"a"}'), (5, "<", '{"is":"pong"}'), (20, ">", '{"type":"ping"}'), (21, "<", '{"is":"pong"}'),
    )  # fmt: skip
    assert beats(*rows) == [
        '{"type":"ping"}',
        '{"type":"ping"}',
        '{"is":"pong"}',
        '{"is":"pong"}',
        '{"type":"ping"}',
        '{"is":"pong"}',
    ]


def test_what_reads_like_a_reply_is_the_reply_where_another_one_came_in_time_as_well():
    ping, pong = '{"type":"ping"}', '{"is":"pong"}'
    rows = (
        (0, ">", "ask a"), (1, ">", ping), (2, "<", "yes"), (3, "<", pong), (20, ">", ping), (21, ">", "ask b"),
        (22, "<", pong), (23, "<", "yes"), (40, ">", "ask c"), (41, ">", ping), (42, "<", "yes"), (43, "<", pong),
    )  # fmt: skip
    assert beats(*rows) == [ping, pong] * 3


def test_socket_on_which_another_reply_came_in_time_follows_the_others():
    calm = [row for n in range(4) for row in ((n * 100, ">", "alive"), (n * 100 + 5, "<", "fine"))]
    odd = (
        (0, ">", "ask a"), (1, ">", "alive"), (2, "<", "yes"), (3, "<", "fine"), (100, ">", "alive"), (101, ">", "ask b"),
        (102, "<", "fine"), (103, "<", "yes"), (180, ">", "ask c"), (201, ">", "alive"), (202, "<", "yes"), (203, "<", "fine"),
    )  # fmt: skip
    sockets = (replace(socket("/chat", ""), messages=tuple(at(*rows))) for rows in (odd, calm, calm))
    entries = entries_of(cassette(*sockets), Mask(Places.of(PLAIN)))
    replies = [entry.tape.heartbeats.reply("text", b"alive") for entry in entries if entry.tape is not None]
    assert replies == [("text", b"fine")] * 3


def test_what_comes_first_after_most_heartbeats_is_the_reply_where_another_one_came_in_time_as_well():
    tape = at(
        (0, ">", "TELL red"), (1, ">", "PING"), (2, "<", "TOLD new=15109716"), (3, "<", "TOLD pong"),
        (51, ">", "PING"), (52, ">", "TELL"), (53, "<", "TOLD pong"), (54, "<", "TOLD new=65194723"),
        (101, ">", "PING"), (102, "<", "TOLD pong"), (103, ">", "TELL"), (104, "<", "TOLD new=87494029"),
    )  # fmt: skip
    found = find_heartbeats(tape, HeartbeatLook())
    assert found.reply("text", b"PING") == ("text", b"TOLD pong")
