"""Numbers that clients give their calls on a socket: by the framing, and at random where the reply repeats them."""

from __future__ import annotations

import json

import pytest

from harness.match.request import ParsedMessage
from tests.harness.replay.test_made_up_values import answered, opened_with

LARGE, OTHER = 705127042, 94225164


def reply(recorded, answer, came):
    """What the client gets for `came` where `recorded` was answered by `answer`; None if the message differs."""
    frame = answered(opened_with(recorded, answer), came)
    return None if frame is None else json.loads(frame[2:])


@pytest.mark.parametrize(
    ("recorded", "answer", "came", "told"),
    [
        (
            {"method": "SUBSCRIBE", "params": ["btc"], "id": 688}, {"result": None, "id": 688},
            {"method": "SUBSCRIBE", "params": ["btc"], "id": 7}, {"result": None, "id": 7},
        ),
        (
            {"event": "subscribe", "pair": "XBT", "reqid": 42}, {"event": "subscribed", "reqid": 42},
            {"event": "subscribe", "pair": "XBT", "reqid": 9}, {"event": "subscribed", "reqid": 9},
        ),
        (
            {"topic": "room", "event": "phx_join", "payload": {}, "ref": "3"},
            {"topic": "room", "event": "phx_reply", "payload": {"ref": "3"}, "ref": "3"},
            {"topic": "room", "event": "phx_join", "payload": {}, "ref": "5"},
            {"topic": "room", "event": "phx_reply", "payload": {"ref": "3"}, "ref": "5"},
        ),
        (
            ["3", "4", "room", "shout", {"n": "4"}], ["3", "4", "room", "phx_reply", {"n": "4"}],
            ["8", "9", "room", "shout", {"n": "4"}], ["8", "9", "room", "phx_reply", {"n": "4"}],
        ),
        ({"do": "x", "ref": LARGE}, {"job": 1, "ref": LARGE}, {"do": "x", "ref": OTHER}, {"job": 1, "ref": OTHER}),
        ([48, LARGE, {}, "a.b"], [50, LARGE, {}, [1]], [48, OTHER, {}, "a.b"], [50, OTHER, {}, [1]]),
    ],
    ids=["JSON-RPC 1", "reqid", "Phoenix", "Phoenix array", "random ref", "WAMP"],
)  # fmt: skip
def test_reply_bears_the_number_of_this_call(recorded, answer, came, told):
    assert reply(recorded, answer, came) == told


@pytest.mark.parametrize(
    ("recorded", "answer", "came"),
    [
        ({"method": "get", "id": 17}, {"id": 17, "name": "a"}, {"method": "get", "id": 18}),
        ({"method": "get", "params": {"id": 17}, "id": 1}, {"id": 1}, {"method": "get", "params": {"id": 18}, "id": 1}),
        ({"method": "get", "params": ["btc"], "id": 1}, {"id": 1}, {"method": "get", "params": ["eth"], "id": 2}),
        ({"ref": 17}, {"ref": 17}, {"ref": 18}),
        ({"userId": LARGE}, {"userId": LARGE}, {"userId": OTHER}),
        ({"ref": LARGE}, {"ok": 1}, {"ref": OTHER}),
        (["1", "2", "room", "shout"], ["1"], ["8", "9", "room", "shout"]),
    ],
    ids=["id of a thing", "in the parameters", "another parameter", "small ref", "id of a user", "no reply", "no Phoenix"],
)  # fmt: skip
def test_number_that_may_mean_something_is_compared(recorded, answer, came):
    assert reply(recorded, answer, came) is None


def test_only_heartbeat_of_a_recording_has_its_reply_by_the_number():
    opened = opened_with([None, "4", "phoenix", "heartbeat", {}], [None, "4", "phoenix", "phx_reply", {}])
    for number in ("6", "7"):
        beat = json.dumps([None, number, "phoenix", "heartbeat", {}]).encode()
        assert opened.feed(ParsedMessage("text", beat)) is None
        assert [json.loads(frame[2:])[1] for frame in opened.take_replies()] == [number]
